// Background workers: processes of the server's that run the library's code.
//
//     CART_WORKER(cart_ext_launcher) { … }
//
// CART_WORKER exports the function and puts the boundary around its body: whatever the body throws
// is reported as a server error, and ends the process.
#pragma once

#include <chrono>

#include "pg/server.hpp"

namespace cart::pg {

using WorkerBody = void (*)(Datum argument);

// Runs the body inside the boundary: SIGTERM ends the process, SIGHUP is noted for wait_for().
void run_worker(Datum argument, WorkerBody body);

// What is registered with the server. The texts outlive the registration.
struct Worker {
    const char* type;      // as pg_stat_activity shows it
    const char* function;  // that CART_WORKER has made
};

// Whether the library is being loaded by a server that is starting, and may have workers.
[[nodiscard]] bool may_register_workers() noexcept;

// The server starts it when it is no standby (any more), and again a second after its end.
void register_worker(const Worker& worker);

// Starts it, or starts it and waits for its end. False: the server has no process to spare.
[[nodiscard]] bool start(const Worker& worker, const char* name, Datum argument);
[[nodiscard]] bool start_and_wait(const Worker& worker, const char* name, Datum argument);

// Connects this process: to no database, with the list of them at hand, or to one. Once.
void connect_to_none();
void connect_to(Oid database);

// Gives a setting of this process a value that no configuration changes.
void fix_setting(const char* name, const char* value);

// Lets the processes of people's sessions go first where there are too few processors.
void give_way();

// Sleeps so long, or less; ends the process where that is asked for, and follows a reload.
void wait_for(std::chrono::milliseconds time);
// Until a signal arrives.
void wait_for_signal();

// Asks for the lock that every session takes on its database when it begins, until the transaction
// ends. False: somebody wants the database for himself.
[[nodiscard]] bool keep_database();

// What pg_stat_activity shows of this process.
void show_running(const char* what);
void show_idle();

}  // namespace cart::pg

#define CART_WORKER(name)                                                      \
    extern "C" {                                                               \
    PGDLLEXPORT void name(Datum argument);                                     \
    }                                                                          \
    static void name##_body(Datum argument);                                   \
    void name(Datum argument) { cart::pg::run_worker(argument, name##_body); } \
    static void name##_body([[maybe_unused]] Datum argument)
