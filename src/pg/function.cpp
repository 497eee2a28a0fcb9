#include "pg/function.hpp"

#include "core/error.hpp"
#include "pg/boundary.hpp"
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

// Also for functions that were created before the check in the install script could say no.
void check_encoding() {
    if (GetDatabaseEncoding() != PG_UTF8) {
        guarded([] {
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("cart_ext needs a database in the encoding UTF8")));
        });
    }
}

Datum run(FunctionCallInfo info, Body body) {
    check_encoding();
    Call call(info);
    return body(call);
}

// Not inlined: whatever the body needs of the stack, and of C++, ends here.
pg_noinline bool run_quietly(FunctionCallInfo info, Body body, Datum& result, PendingError& error) {
    MemoryContextData* const context = CurrentMemoryContext;
    try {
        result = run(info, body);
        return true;
    } catch (...) {
        error = pending_error(context);
    }
    MemoryContextSwitchTo(context);
    return false;
}

// The same, watched.
pg_noinline bool run_observed(FunctionCallInfo info, Body body, const Operation& operation,
                              Datum& result, PendingError& error) {
    MemoryContextData* const context = CurrentMemoryContext;
    const Observation observation(operation);
    try {
        result = run(info, body);
        observation.succeeded();
        return true;
    } catch (...) {
        error = pending_error(context);
    }
    MemoryContextSwitchTo(context);
    observation.failed(sqlstate_of(error));
    return false;
}

}  // namespace

Datum call_sql(FunctionCallInfo info, Body body, const Operation* operation) {
    Datum result = 0;
    PendingError error;
    const bool is_done = operation == nullptr ? run_quietly(info, body, result, error)
                                              : run_observed(info, body, *operation, result, error);
    if (!is_done) {
        raise_discreetly(error);
    }
    return result;
}

}  // namespace cart::pg
