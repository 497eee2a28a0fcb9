// cart_stat_rows, cart_stat_reset, cart_metrics: the counters, given out.
#include <array>

#include "pg/function.hpp"
#include "pg/guard.hpp"
#include "pg/table_result.hpp"
#include "watch/counters.hpp"
#include "watch/metrics.hpp"

namespace cart::watch {

namespace {

Datum milliseconds(double nanoseconds) { return Float8GetDatum(nanoseconds / 1e6); }

void say_whose_they_are() {
    if (!is_shared()) {
        pg::guarded([] {
            ereport(NOTICE, (errmsg("the counts are those of this session alone"),
                             errhint("With cart_ext in shared_preload_libraries they are those of "
                                     "the whole server.")));
        });
    }
}

void add_row(pg::TableResult& rows, const pg::Operation& operation, const CallCounts& counts) {
    const core::DurationCounts durations = counts.all_durations();
    const auto calls = counts.calls();
    const auto total = static_cast<double>(counts.total_nanoseconds());
    const auto percentile = [&](double part) {
        return milliseconds(core::percentile(durations, part, counts.longest));
    };
    std::array<Datum, 10> row = {
        pg::to_datum(std::string_view(operation.name())),
        Int64GetDatum(static_cast<std::int64_t>(calls)),
        Int64GetDatum(static_cast<std::int64_t>(calls - counts.calls(Outcome::ok))),
        Int64GetDatum(static_cast<std::int64_t>(counts.calls(Outcome::conflict))),
        milliseconds(total),
        milliseconds(total / static_cast<double>(calls)),
        percentile(0.50),
        percentile(0.95),
        percentile(0.99),
        milliseconds(static_cast<double>(counts.longest))};
    rows.add(row);
}

void give_rows(pg::Call& call) {
    pg::TableResult rows(call);
    for (const auto* operation = pg::Operation::first(); operation != nullptr;
         operation = operation->next()) {
        const CallCounts counts = calls_of(*operation);
        if (counts.calls() > 0) {
            add_row(rows, *operation, counts);
        }
    }
}

}  // namespace

}  // namespace cart::watch

using namespace cart;

CART_QUIET_FUNCTION(cart_stat_rows) {
    watch::say_whose_they_are();
    watch::give_rows(call);
    return call.null();
}

CART_QUIET_FUNCTION(cart_stat_reset) {
    watch::reset(GetCurrentTimestamp());
    return Datum{0};
}

CART_QUIET_FUNCTION(cart_metrics) { return pg::to_datum(std::string_view(watch::metrics())); }
