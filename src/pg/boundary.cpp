#include "pg/boundary.hpp"

#include <cstring>
#include <new>
#include <string>

#include "core/error.hpp"
#include "pg/guard.hpp"

namespace cart::pg {

namespace {

int sqlstate_of(core::ErrorCode code) {
    if (code == core::ErrorCode::invalid_parameter) {
        return ERRCODE_INVALID_PARAMETER_VALUE;
    }
    if (code == core::ErrorCode::not_allowed) {
        return ERRCODE_INSUFFICIENT_PRIVILEGE;
    }
    const int number = static_cast<int>(code);
    return MAKE_SQLSTATE('K', 'C', '0', '0' + number / 10, '0' + number % 10);
}

// A copy that outlives the exception. nullptr for the empty text, or where memory has run out:
// an error without its detail is better than none.
const char* keep(MemoryContext context, const std::string& text) {
    if (text.empty()) {
        return nullptr;
    }
    void* copy = MemoryContextAllocExtended(context, text.size() + 1, MCXT_ALLOC_NO_OOM);
    return copy == nullptr
               ? nullptr
               : static_cast<const char*>(std::memcpy(copy, text.c_str(), text.size() + 1));
}

// In the log, in place of a detail.
constexpr const char* told_to_client = "The detail was told to the client alone.";

constexpr PendingError out_of_memory = {.sqlstate = ERRCODE_OUT_OF_MEMORY,
                                        .message = "out of memory"};

PendingError pending(const ServerError& error) {
    return error.data() == nullptr ? out_of_memory : PendingError{.server = error.data()};
}

PendingError pending(const core::Error& error, MemoryContext context) {
    const char* message = keep(context, error.message());
    return {.sqlstate = sqlstate_of(error.code()),
            .message = message == nullptr ? "the call failed" : message,
            .detail = keep(context, error.detail()),
            .hint = keep(context, error.hint())};
}

// What nobody expected: a defect of the extension.
PendingError pending_defect(const char* what, MemoryContext context) {
    return {.sqlstate = ERRCODE_INTERNAL_ERROR,
            .message = "cart_ext met an unexpected condition",
            .detail = keep(context, what),
            .hint = "Please report this."};
}

PendingError pending_of_current(MemoryContext context) {
    try {
        throw;
    } catch (const ServerError& thrown) {
        return pending(thrown);
    } catch (const core::Error& thrown) {
        return pending(thrown, context);
    } catch (const std::bad_alloc&) {
        return out_of_memory;
    } catch (const std::exception& thrown) {
        return pending_defect(thrown.what(), context);
    } catch (...) {
        return pending_defect("an exception of unknown type", context);
    }
}

}  // namespace

PendingError pending_error(MemoryContext context) noexcept {
    try {
        return pending_of_current(context);
    } catch (...) {
        return out_of_memory;  // the text of the error could not be put together
    }
}

int sqlstate_of(const PendingError& error) noexcept {
    return error.server != nullptr ? error.server->sqlerrcode : error.sqlstate;
}

void raise(const PendingError& error) {
    if (error.server != nullptr) {
        ReThrowError(error.server);
    }
    ereport(ERROR, (errcode(error.sqlstate), errmsg_internal("%s", error.message),
                    error.detail != nullptr ? errdetail_internal("%s", error.detail) : 0,
                    error.hint != nullptr ? errhint("%s", error.hint) : 0));
    pg_unreachable();
}

void raise_discreetly(const PendingError& error) {
    if (error.server != nullptr) {
        ErrorData* const data = error.server;
        data->hide_stmt = true;
        data->hide_ctx = true;
        if (data->detail != nullptr && data->detail_log == nullptr) {
            data->detail_log = const_cast<char*>(told_to_client);
        }
        ReThrowError(data);
    }
    ereport(ERROR, (errcode(error.sqlstate), errmsg_internal("%s", error.message),
                    errhidestmt(true), errhidecontext(true),
                    error.detail != nullptr ? errdetail_internal("%s", error.detail) : 0,
                    error.detail != nullptr ? errdetail_log("%s", told_to_client) : 0,
                    error.hint != nullptr ? errhint("%s", error.hint) : 0));
    pg_unreachable();
}

}  // namespace cart::pg
