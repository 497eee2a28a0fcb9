#include "pg/worker.hpp"

#include <sys/resource.h>

#include <cstdio>

#include "pg/boundary.hpp"
#include "pg/guard.hpp"

extern "C" {
#include "catalog/pg_database.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lock.h"
#include "tcop/tcopprot.h"
#include "utils/backend_status.h"
#include "utils/guc.h"
#include "utils/wait_event.h"
}

namespace cart::pg {

namespace {

// Seconds until the server starts a worker again that has ended.
constexpr int restart_after = 1;

template <std::size_t size>
void copy(char (&to)[size], const char* from) {
    (void)std::snprintf(to, size, "%s", from);
}

BackgroundWorker entry_for(const Worker& worker, const char* name) {
    BackgroundWorker entry{};
    entry.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    entry.bgw_start_time = BgWorkerStart_RecoveryFinished;
    entry.bgw_restart_time = BGW_NEVER_RESTART;
    copy(entry.bgw_library_name, "cart_ext");
    copy(entry.bgw_function_name, worker.function);
    copy(entry.bgw_type, worker.type);
    copy(entry.bgw_name, name);
    return entry;
}

// Not inlined: whatever the body needs of the stack, and of C++, ends here.
pg_noinline bool run_body(Datum argument, WorkerBody body, PendingError& error) {
    MemoryContextData* const context = CurrentMemoryContext;
    try {
        body(argument);
        return true;
    } catch (...) {
        error = pending_error(context);
    }
    MemoryContextSwitchTo(context);
    return false;
}

void wait_on_latch(int events, long milliseconds) {
    guarded([&] {
        (void)WaitLatch(MyLatch, events | WL_LATCH_SET | WL_EXIT_ON_PM_DEATH, milliseconds,
                        PG_WAIT_EXTENSION);
        ResetLatch(MyLatch);
        CHECK_FOR_INTERRUPTS();
        if (ConfigReloadPending) {
            ConfigReloadPending = false;
            ProcessConfigFile(PGC_SIGHUP);
        }
    });
}

}  // namespace

void run_worker(Datum argument, WorkerBody body) {
    pqsignal(SIGHUP, SignalHandlerForConfigReload);
    pqsignal(SIGTERM, die);
    BackgroundWorkerUnblockSignals();
    PendingError error;
    if (!run_body(argument, body, error)) {
        raise(error);
    }
}

bool may_register_workers() noexcept {
    return process_shared_preload_libraries_in_progress && !IsBinaryUpgrade;
}

void register_worker(const Worker& worker) {
    BackgroundWorker entry = entry_for(worker, worker.type);
    entry.bgw_restart_time = restart_after;
    RegisterBackgroundWorker(&entry);
}

bool start(const Worker& worker, const char* name, Datum argument) {
    return guarded([&] {
        BackgroundWorker entry = entry_for(worker, name);
        entry.bgw_main_arg = argument;
        return RegisterDynamicBackgroundWorker(&entry, nullptr);
    });
}

bool start_and_wait(const Worker& worker, const char* name, Datum argument) {
    return guarded([&] {
        BackgroundWorker entry = entry_for(worker, name);
        entry.bgw_main_arg = argument;
        entry.bgw_notify_pid = MyProcPid;
        BackgroundWorkerHandle* handle = nullptr;
        if (!RegisterDynamicBackgroundWorker(&entry, &handle)) {
            return false;
        }
        if (WaitForBackgroundWorkerShutdown(handle) == BGWH_POSTMASTER_DIED) {
            proc_exit(1);
        }
        pfree(handle);
        return true;
    });
}

void connect_to_none() {
    guarded([] { BackgroundWorkerInitializeConnection(nullptr, nullptr, 0); });
}

void connect_to(Oid database) {
    guarded([&] { BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0); });
}

void fix_setting(const char* name, const char* value) {
    guarded([&] { SetConfigOption(name, value, PGC_SUSET, PGC_S_OVERRIDE); });
}

void give_way() {
    constexpr int behind_others = 10;
    (void)setpriority(PRIO_PROCESS, 0, behind_others);  // where it fails, all are equal
}

void wait_for(std::chrono::milliseconds time) {
    wait_on_latch(WL_TIMEOUT, static_cast<long>(time.count()));
}

void wait_for_signal() { wait_on_latch(0, -1); }

bool keep_database() {
    return guarded([] {
        LOCKTAG tag;
        SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, MyDatabaseId, 0);
        return LockAcquire(&tag, RowExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
    });
}

void show_running(const char* what) {
    guarded([&] { pgstat_report_activity(STATE_RUNNING, what); });
}

void show_idle() {
    guarded([] {
        pgstat_report_stat(true);
        pgstat_report_activity(STATE_IDLE, nullptr);
    });
}

}  // namespace cart::pg
