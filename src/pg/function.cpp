#include "pg/function.hpp"

#include <cstring>
#include <new>

#include "core/error.hpp"
#include "pg/guard.hpp"

extern "C" {
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
}

namespace cart::pg {

std::optional<std::string_view> Call::text(int place) const {
    return is_null(place) ? std::nullopt : std::optional(text_from(datum(place)));
}

Jsonb* Call::jsonb(int place) const { return is_null(place) ? nullptr : jsonb_from(datum(place)); }

std::optional<Uuid> Call::uuid(int place) const {
    return is_null(place) ? std::nullopt : std::optional(uuid_from(datum(place)));
}

std::optional<std::string_view> Call::number(int place) const {
    return is_null(place) ? std::nullopt : std::optional(number_from(datum(place)));
}

std::optional<Oid> Call::oid(int place) const {
    return is_null(place) ? std::nullopt : std::optional(DatumGetObjectId(datum(place)));
}

std::optional<std::int64_t> Call::seconds(int place) const {
    if (is_null(place)) {
        return std::nullopt;
    }
    constexpr std::int64_t day = 24LL * 60 * 60;
    const Interval* interval = DatumGetIntervalP(datum(place));
    return interval->time / USECS_PER_SEC +
           day * (interval->day + std::int64_t{DAYS_PER_MONTH} * interval->month);
}

std::optional<std::pmr::vector<std::string_view>> Call::texts(int place) {
    if (is_null(place)) {
        return std::nullopt;
    }
    struct Elements {
        Datum* values;
        bool* nulls;
        int count;
    };
    const auto elements = guarded([&] {
        Elements all{};
        deconstruct_array(DatumGetArrayTypeP(datum(place)), TEXTOID, -1, false, TYPALIGN_INT,
                          &all.values, &all.nulls, &all.count);
        return all;
    });
    std::pmr::vector<std::string_view> texts(memory());
    texts.reserve(static_cast<std::size_t>(elements.count));
    for (int i = 0; i < elements.count; ++i) {
        if (elements.nulls[i]) {
            throw core::Error(core::ErrorCode::invalid_parameter,
                              "a list of names must not hold NULL",
                              core::Detail().number("index", i));
        }
        texts.push_back(text_from(elements.values[i]));
    }
    return texts;
}

namespace {

// An error on its way from C++ to the server. Owns nothing, so that raising it skips nothing.
struct PendingError {
    ErrorData* server = nullptr;  // raised again as it was
    int sqlstate = 0;
    const char* message = nullptr;
    const char* detail = nullptr;
    const char* hint = nullptr;
};

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

[[noreturn]] void raise(const PendingError& error) {
    if (error.server != nullptr) {
        ReThrowError(error.server);
    }
    ereport(ERROR, (errcode(error.sqlstate), errmsg_internal("%s", error.message),
                    error.detail != nullptr ? errdetail_internal("%s", error.detail) : 0,
                    error.hint != nullptr ? errhint("%s", error.hint) : 0));
    pg_unreachable();
}

// Also for functions that were created before the check in the install script could say no.
void check_encoding() {
    if (GetDatabaseEncoding() != PG_UTF8) {
        guarded([] {
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("cart_ext needs a database in the encoding UTF8")));
        });
    }
}

// Not inlined: whatever the body needs of the stack, and of C++, ends here.
pg_noinline bool run_body(FunctionCallInfo info, Body body, Datum& result, PendingError& error) {
    MemoryContextData* const context = CurrentMemoryContext;
    try {
        check_encoding();
        Call call(info);
        result = body(call);
        return true;
    } catch (const ServerError& thrown) {
        error = pending(thrown);
    } catch (const core::Error& thrown) {
        error = pending(thrown, context);
    } catch (const std::bad_alloc&) {
        error = out_of_memory;
    } catch (const std::exception& thrown) {
        error = pending_defect(thrown.what(), context);
    } catch (...) {
        error = pending_defect("an exception of unknown type", context);
    }
    MemoryContextSwitchTo(context);
    return false;
}

}  // namespace

Datum call_sql(FunctionCallInfo info, Body body) {
    Datum result = 0;
    PendingError error;
    if (!run_body(info, body, result, error)) {
        raise(error);
    }
    return result;
}

}  // namespace cart::pg
