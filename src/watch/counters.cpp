#include "watch/counters.hpp"

#include <atomic>
#include <new>
#include <numeric>

#include "pg/shared_memory.hpp"

namespace cart::watch {

namespace {

using Count = std::atomic<std::uint64_t>;
static_assert(Count::is_always_lock_free, "counting must not take a lock");

// More than there are SQL functions.
constexpr std::size_t most_operations = 64;

struct Calls {
    struct Series {
        std::array<Count, core::duration_buckets> durations;
        Count nanoseconds;
    };
    std::array<Series, outcomes> series;
    std::atomic<std::int64_t> longest;
};

struct Counters {
    std::array<Calls, most_operations> calls;
    struct Sum {
        Count times;
        Count amount;
    };
    std::array<Sum, tallies> sums;
    std::atomic<TimestampTz> sweep;
    std::atomic<TimestampTz> reset;
};

void prepare(void* memory) { new (memory) Counters{}; }

const pg::SharedMemory shared("cart_ext counters", sizeof(Counters), prepare);
Counters own;  // where nothing is shared

Counters& counters() noexcept {
    auto* common = static_cast<Counters*>(shared.get());
    return common == nullptr ? own : *common;
}

constexpr auto relaxed = std::memory_order_relaxed;

template <typename Value>
void raise_to(std::atomic<Value>& most, Value value) noexcept {
    Value before = most.load(relaxed);
    while (before < value && !most.compare_exchange_weak(before, value, relaxed)) {
    }
}

constexpr int category_kc = MAKE_SQLSTATE('K', 'C', '0', '0', '0');
constexpr int version_conflict = MAKE_SQLSTATE('K', 'C', '0', '0', '2');
constexpr int rate_limited = MAKE_SQLSTATE('K', 'C', '0', '0', '8');

Outcome outcome_of(int sqlstate) noexcept {
    switch (sqlstate) {
        case 0:
            return Outcome::ok;
        case version_conflict:
        case ERRCODE_T_R_SERIALIZATION_FAILURE:
        case ERRCODE_T_R_DEADLOCK_DETECTED:
        case ERRCODE_UNIQUE_VIOLATION:
            return Outcome::conflict;
        case rate_limited:
            return Outcome::rate_limited;
        case ERRCODE_INSUFFICIENT_PRIVILEGE:
            return Outcome::refused;
        default:
            break;
    }
    const int category = ERRCODE_TO_CATEGORY(sqlstate);
    return category == category_kc || category == ERRCODE_DATA_EXCEPTION ? Outcome::refused
                                                                         : Outcome::failed;
}

}  // namespace

std::string_view name_of(Outcome outcome) noexcept {
    constexpr std::array<std::string_view, outcomes> names = {"ok", "conflict", "rate_limited",
                                                              "refused", "failed"};
    return names.at(static_cast<std::size_t>(outcome));
}

void count_call(const pg::Operation& operation, int sqlstate, std::int64_t nanoseconds) noexcept {
    if (operation.number() >= most_operations) {
        return;
    }
    Calls& calls = counters().calls[operation.number()];
    Calls::Series& series = calls.series[static_cast<std::size_t>(outcome_of(sqlstate))];
    series.durations[core::bucket_of(nanoseconds)].fetch_add(1, relaxed);
    series.nanoseconds.fetch_add(static_cast<std::uint64_t>(nanoseconds), relaxed);
    raise_to(calls.longest, nanoseconds);
}

void add(Tally tally, std::int64_t amount) noexcept {
    Counters::Sum& sum = counters().sums[static_cast<std::size_t>(tally)];
    sum.times.fetch_add(1, relaxed);
    sum.amount.fetch_add(static_cast<std::uint64_t>(amount), relaxed);
}

void note_sweep(TimestampTz begin) noexcept { raise_to(counters().sweep, begin); }

std::uint64_t CallCounts::calls(Outcome outcome) const noexcept {
    return core::total_of(durations[static_cast<std::size_t>(outcome)]);
}

std::uint64_t CallCounts::calls() const noexcept { return core::total_of(all_durations()); }

std::uint64_t CallCounts::total_nanoseconds() const noexcept {
    return std::accumulate(nanoseconds.begin(), nanoseconds.end(), std::uint64_t{0});
}

core::DurationCounts CallCounts::all_durations() const noexcept {
    core::DurationCounts all{};
    for (const core::DurationCounts& some : durations) {
        for (std::size_t bucket = 0; bucket < all.size(); ++bucket) {
            all[bucket] += some[bucket];
        }
    }
    return all;
}

CallCounts calls_of(const pg::Operation& operation) noexcept {
    CallCounts found;
    if (operation.number() >= most_operations) {
        return found;
    }
    const Calls& calls = counters().calls[operation.number()];
    for (std::size_t outcome = 0; outcome < outcomes; ++outcome) {
        const Calls::Series& series = calls.series[outcome];
        for (std::size_t bucket = 0; bucket < core::duration_buckets; ++bucket) {
            found.durations[outcome][bucket] = series.durations[bucket].load(relaxed);
        }
        found.nanoseconds[outcome] = series.nanoseconds.load(relaxed);
    }
    found.longest = calls.longest.load(relaxed);
    return found;
}

TallyCounts count_of(Tally tally) noexcept {
    const Counters::Sum& sum = counters().sums[static_cast<std::size_t>(tally)];
    return {.times = sum.times.load(relaxed), .amount = sum.amount.load(relaxed)};
}

TimestampTz last_sweep() noexcept { return counters().sweep.load(relaxed); }
TimestampTz last_reset() noexcept { return counters().reset.load(relaxed); }

bool is_shared() noexcept { return shared.get() != nullptr; }

void reset(TimestampTz now) noexcept {
    Counters& all = counters();
    for (Calls& calls : all.calls) {
        for (Calls::Series& series : calls.series) {
            for (Count& count : series.durations) {
                count.store(0, relaxed);
            }
            series.nanoseconds.store(0, relaxed);
        }
        calls.longest.store(0, relaxed);
    }
    for (Counters::Sum& sum : all.sums) {
        sum.times.store(0, relaxed);
        sum.amount.store(0, relaxed);
    }
    all.reset.store(now, relaxed);
}

}  // namespace cart::watch
