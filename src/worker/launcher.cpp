// The launcher: doc/architecture.md has its states.
#include "worker/launcher.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <new>
#include <string>

#include "pg/databases.hpp"
#include "pg/report.hpp"
#include "pg/segment.hpp"
#include "pg/settings.hpp"
#include "pg/worker.hpp"
#include "worker/visit.hpp"

namespace cart::worker {

namespace {

constexpr pg::Worker launcher{.type = "cart_ext launcher", .function = "cart_ext_launcher"};
constexpr pg::Worker sweeper{.type = "cart_ext sweeper", .function = "cart_ext_sweeper"};

// What the launcher remembers of a database.
struct Memory {
    TimestampTz visited = DT_NOBEGIN;  // DT_NOBEGIN also: is to be visited at once
    int interval = 0;                  // its own, in seconds; 0: off, or not known
    TimestampTz last_pass = DT_NOBEGIN;
    decltype(Visit::reported) reported = {};
    std::size_t reports = 0;
};

TimestampTz after(TimestampTz time, int seconds) { return time + seconds * USECS_PER_SEC; }

// By the server's interval or its own, the shorter; both may have changed.
TimestampTz due(const Memory& memory) {
    const int interval = pg::settings::sweep_interval();
    return memory.visited == DT_NOBEGIN ? DT_NOBEGIN
           : memory.interval > 0        ? after(memory.visited, std::min(interval, memory.interval))
                                        : after(memory.visited, interval);
}

class Launcher {
  public:
    Launcher() : shared_(pg::make_segment(sizeof(Visit))), visit_(*new (shared_.address) Visit{}) {}

    [[noreturn]] void run() {
        for (;;) {
            if (pg::settings::sweep_interval() == 0) {
                pg::wait_for_signal();
                continue;
            }
            look_for_databases();
            visit_those_due();
            wait_for_the_next();
        }
    }

  private:
    void look_for_databases() {
        std::map<Oid, Memory> found;
        for (const Oid database : pg::databases_to_serve()) {
            found[database] = databases_[database];
        }
        databases_.swap(found);
    }

    void visit_those_due() {
        for (auto& [database, memory] : databases_) {
            if (pg::settings::sweep_interval() > 0 && due(memory) <= GetCurrentTimestamp()) {
                visit(database, memory);
            }
        }
    }

    void visit(Oid database, Memory& memory) {
        visit_ = {.database = database,
                  .begin = GetCurrentTimestamp(),
                  .last_pass = memory.last_pass,
                  .interval = 0,
                  .has_passed = false,
                  .is_broken_off = false,
                  .reported = memory.reported,
                  .reports = memory.reports};
        const std::string name = "cart_ext sweeper for database " + std::to_string(database);
        note_success(pg::start_and_wait(sweeper, name.c_str(), shared_.handle));
        memory.reported = visit_.reported;
        memory.reports = visit_.reports;
        memory.interval = visit_.interval;
        memory.visited = visit_.is_broken_off ? DT_NOBEGIN : visit_.begin;
        if (visit_.has_passed && !visit_.is_broken_off) {
            memory.last_pass = visit_.begin;
        }
    }

    // Says once that there is no process to be had.
    void note_success(bool is_started) {
        if (!is_started && has_started_) {
            pg::warn(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
                     "cart_ext finds no background worker to sweep carts with", {},
                     "You might need to increase max_worker_processes.");
        }
        has_started_ = is_started;
    }

    void wait_for_the_next() {
        const TimestampTz now = GetCurrentTimestamp();
        // A database that is made meanwhile is found at the latest then.
        TimestampTz next = after(now, pg::settings::sweep_interval());
        for (const auto& [database, memory] : databases_) {
            next = std::min(next, due(memory));
        }
        constexpr std::int64_t longest = INT_MAX;
        pg::wait_for(std::chrono::milliseconds(
            next <= now ? 1 : std::min((next - now) / 1000 + 1, longest)));
    }

    pg::Segment shared_;
    Visit& visit_;
    std::map<Oid, Memory> databases_;
    bool has_started_ = true;
};

}  // namespace

void register_launcher() {
    if (pg::may_register_workers()) {
        pg::register_worker(launcher);
    }
}

}  // namespace cart::worker

using namespace cart;

CART_WORKER(cart_ext_launcher) {
    pg::connect_to_none();
    worker::Launcher().run();
}
