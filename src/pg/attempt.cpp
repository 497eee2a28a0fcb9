#include "pg/attempt.hpp"

#include <new>

#include "pg/boundary.hpp"
#include "pg/guard.hpp"
#include "pg/run_as.hpp"

extern "C" {
#include "access/xact.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
}

namespace cart::pg {

namespace {

std::string text_of(const char* text) { return text == nullptr ? "" : text; }

// The exception that is being handled. Copied before the rollback, which takes a server error's
// memory.
Failure current_failure(MemoryContext context) noexcept {
    try {
        const PendingError error = pending_error(context);
        if (error.server != nullptr) {
            return {.sqlstate = error.server->sqlerrcode,
                    .message = text_of(error.server->message),
                    .detail = text_of(error.server->detail),
                    .hint = text_of(error.server->hint)};
        }
        return {.sqlstate = error.sqlstate,
                .message = text_of(error.message),
                .detail = text_of(error.detail),
                .hint = text_of(error.hint)};
    } catch (const std::bad_alloc&) {
        return {.sqlstate = ERRCODE_OUT_OF_MEMORY, .message = "out of memory"};
    }
}

// Past the faults on purpose of guarded(): a rollback must not fail.
void roll_back(void (*call)(void*)) { run_guarded(call, nullptr); }

void begin_transaction() {
    guarded([] {
        SetCurrentStatementStartTimestamp();
        StartTransactionCommand();
        PushActiveSnapshot(GetTransactionSnapshot());
    });
}

void commit_transaction() {
    guarded([] {
        PopActiveSnapshot();
        CommitTransactionCommand();
    });
}

}  // namespace

std::optional<Failure> in_transaction(const std::function<void()>& work) {
    MemoryContextData* const context = CurrentMemoryContext;
    Oid user = InvalidOid;
    int security = 0;
    GetUserIdAndSecContext(&user, &security);
    std::optional<Failure> failure;
    try {
        begin_transaction();
        work();
        commit_transaction();
    } catch (...) {
        failure = current_failure(context);
        roll_back([](void*) { AbortCurrentTransaction(); });
    }
    SetUserIdAndSecContext(user, security);
    MemoryContextSwitchTo(context);
    return failure;
}

std::optional<Failure> in_subtransaction(const std::function<void()>& work) {
    MemoryContextData* const context = CurrentMemoryContext;
    auto* const owner = CurrentResourceOwner;
    std::optional<Failure> failure;
    RunAs::pin_search_path();  // within, it would end with the subtransaction
    guarded([] { BeginInternalSubTransaction(nullptr); });
    MemoryContextSwitchTo(context);
    try {
        work();
        guarded([] { ReleaseCurrentSubTransaction(); });
    } catch (...) {
        failure = current_failure(context);
        roll_back([](void*) { RollbackAndReleaseCurrentSubTransaction(); });
    }
    MemoryContextSwitchTo(context);
    CurrentResourceOwner = owner;
    return failure;
}

void raise(const Failure& failure) {
    raise(failure.sqlstate, failure.message, failure.detail, failure.hint);
}

void become_for_transaction(Oid role) {
    SetUserIdAndSecContext(role, SECURITY_LOCAL_USERID_CHANGE);
}

}  // namespace cart::pg
