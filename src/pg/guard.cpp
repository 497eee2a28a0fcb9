#include "pg/guard.hpp"

namespace cart::pg {

namespace {

// A place for copied errors that outlives every C++ object of the call, and ends with the
// (sub)transaction that the error ends: loops that catch errors do not grow.
MemoryContext error_memory() {
    return CurTransactionContext != nullptr ? CurTransactionContext : TopMemoryContext;
}

// Copies the error being handled, and takes it off the server's error stack. nullptr if there is
// no memory for the copy.
ErrorData* take_error() {
    ErrorData* volatile copy = nullptr;
    PG_TRY();
    {
        MemoryContextSwitchTo(error_memory());
        copy = CopyErrorData();
    }
    PG_CATCH();
    { copy = nullptr; }
    PG_END_TRY();
    FlushErrorState();
    return copy;
}

}  // namespace

const char* ServerError::what() const noexcept {
    return data_ != nullptr && data_->message != nullptr ? data_->message : "out of memory";
}

void run_guarded(void (*call)(void*), void* argument) {
    MemoryContextData* const context = CurrentMemoryContext;
    ErrorData* volatile error = nullptr;
    volatile bool failed = false;
    PG_TRY();
    { call(argument); }
    PG_CATCH();
    {
        failed = true;
        error = take_error();
    }
    PG_END_TRY();
    if (failed) {
        MemoryContextSwitchTo(context);
        throw ServerError(error);
    }
}

void raise(int sqlstate, const std::string& message, const std::string& detail,
           const std::string& hint) {
    const char* text = message.c_str();
    const char* more = detail.empty() ? nullptr : detail.c_str();
    const char* advice = hint.empty() ? nullptr : hint.c_str();
    guarded([&] {
        ereport(ERROR, (errcode(sqlstate), errmsg_internal("%s", text),
                        more != nullptr ? errdetail_internal("%s", more) : 0,
                        advice != nullptr ? errhint("%s", advice) : 0));
    });
    std::terminate();  // not reached: the error has been thrown
}

}  // namespace cart::pg
