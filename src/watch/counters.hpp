// What has happened, counted: over all processes of the server where cart_ext is preloaded, else in
// this one alone. Counting takes no lock. What a transaction rolls back stays counted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/histogram.hpp"
#include "pg/observation.hpp"
#include "pg/values.hpp"

namespace cart::watch {

// How a call ended, by its SQLSTATE.
enum class Outcome : unsigned char {
    ok,
    conflict,      // somebody else was faster: KC002, 40001, 40P01, 23505
    rate_limited,  // KC008
    refused,       // what was asked for cannot be had: class KC, 22 and 42501
    failed,        // all else
};
inline constexpr std::size_t outcomes = 5;
[[nodiscard]] std::string_view name_of(Outcome outcome) noexcept;

// What is counted beside calls. Each has been added to so many times, and amounts to so much.
enum class Tally : unsigned char {
    merge_nothing,  // logins after which there was nothing to merge, or that could not be merged
    lines_merged,   // lines of guests' carts, in logins that merged
    lines_clamped,
    lines_dropped,
    reconciled_carts_merged,  // in owners' carts that were mended
    reconciled_lines_merged,
    reconciled_lines_rekeyed,
    reconciled_lines_repriced,
    reconciled_lines_dropped,
    swept_abandoned,  // in passes of the sweep
    swept_holds_expired,
    swept_checkouts_returned,
    swept_purged,
    swept_requests_purged,
    swept_passed_over,
};
inline constexpr std::size_t tallies = 15;

void count_call(const pg::Operation& operation, int sqlstate, std::int64_t nanoseconds) noexcept;
void add(Tally tally, std::int64_t amount) noexcept;
void note_sweep(TimestampTz begin) noexcept;

// ---- reading

struct CallCounts {
    std::array<core::DurationCounts, outcomes> durations{};
    std::array<std::uint64_t, outcomes> nanoseconds{};
    std::int64_t longest = 0;

    [[nodiscard]] std::uint64_t calls(Outcome outcome) const noexcept;
    [[nodiscard]] std::uint64_t calls() const noexcept;
    [[nodiscard]] std::uint64_t total_nanoseconds() const noexcept;
    [[nodiscard]] core::DurationCounts all_durations() const noexcept;
};
[[nodiscard]] CallCounts calls_of(const pg::Operation& operation) noexcept;

struct TallyCounts {
    std::uint64_t times;
    std::uint64_t amount;
};
[[nodiscard]] TallyCounts count_of(Tally tally) noexcept;

// When the last pass of the sweep began that came to its end, and when counting began; 0: never,
// or with the server.
[[nodiscard]] TimestampTz last_sweep() noexcept;
[[nodiscard]] TimestampTz last_reset() noexcept;

// Whether the counts are those of the whole server.
[[nodiscard]] bool is_shared() noexcept;

// All begin at 0 again.
void reset(TimestampTz now) noexcept;

}  // namespace cart::watch
