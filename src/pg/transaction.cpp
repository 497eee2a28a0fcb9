#include "pg/transaction.hpp"

#include "pg/boundary.hpp"
#include "pg/guard.hpp"

extern "C" {
#include "access/xact.h"
#include "commands/async.h"
#include "replication/message.h"
}

namespace cart::pg {

namespace {

TransactionObserver observer;

// Not inlined: whatever the observer needs of the stack, and of C++, ends here.
pg_noinline bool run_before_commit(bool is_prepared, PendingError& error) {
    MemoryContextData* const context = CurrentMemoryContext;
    try {
        observer.before_commit(is_prepared);
        return true;
    } catch (...) {
        error = pending_error(context);
    }
    MemoryContextSwitchTo(context);
    return false;
}

void before_commit(bool is_prepared) {
    PendingError error;
    if (!run_before_commit(is_prepared, error)) {
        raise(error);
    }
}

void on_transaction(XactEvent event, void* /*argument*/) {
    switch (event) {
        case XACT_EVENT_PRE_COMMIT:
            before_commit(false);
            break;
        case XACT_EVENT_PRE_PREPARE:
            before_commit(true);
            break;
        case XACT_EVENT_COMMIT:
        case XACT_EVENT_PREPARE:
            observer.committed();
            break;
        case XACT_EVENT_ABORT:
            observer.aborted();
            break;
        case XACT_EVENT_PARALLEL_PRE_COMMIT:
        case XACT_EVENT_PARALLEL_COMMIT:
        case XACT_EVENT_PARALLEL_ABORT:
            break;
    }
}

void on_subtransaction(SubXactEvent event, SubTransactionId /*own*/, SubTransactionId /*parent*/,
                       void* /*argument*/) {
    if (event == SUBXACT_EVENT_COMMIT_SUB) {
        observer.subtransaction_committed();
    } else if (event == SUBXACT_EVENT_ABORT_SUB) {
        observer.subtransaction_aborted();
    }
}

}  // namespace

void observe_transactions(const TransactionObserver& wanted) {
    observer = wanted;
    RegisterXactCallback(on_transaction, nullptr);
    RegisterSubXactCallback(on_subtransaction, nullptr);
}

void notify_at_commit(const char* channel, const char* payload) {
    guarded([&] { Async_Notify(channel, payload); });
}

void write_logical_message(const char* prefix, const char* payload, std::size_t bytes) {
    guarded([&] {
#if PG_VERSION_NUM >= 170000
        (void)LogLogicalMessage(prefix, payload, bytes, true, false);
#else
        (void)LogLogicalMessage(prefix, payload, bytes, true);
#endif
    });
}

}  // namespace cart::pg
