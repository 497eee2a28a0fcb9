// How long things took: counts in buckets that grow by steps of about a quarter, so that a
// percentile is told to within an eighth, whether it is of microseconds or of seconds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace cart::core {

// The tens series of preferred numbers (ISO 3), from 1 µs to 80 s; all that takes longer than the
// last bound is in one bucket more.
inline constexpr std::size_t bounds_a_decade = 10;
inline constexpr std::size_t decades = 8;
inline constexpr std::size_t duration_bounds = bounds_a_decade * decades;
inline constexpr std::size_t duration_buckets = duration_bounds + 1;

// The longest duration, in nanoseconds, that belongs to each bucket but the last.
[[nodiscard]] std::span<const std::int64_t, duration_bounds> bounds_of_durations() noexcept;

// Where a duration is counted.
[[nodiscard]] std::size_t bucket_of(std::int64_t nanoseconds) noexcept;

using DurationCounts = std::array<std::uint64_t, duration_buckets>;

[[nodiscard]] std::uint64_t total_of(const DurationCounts& counts) noexcept;

// The duration that a part of all, from 0 to 1, does not exceed: within its bucket, as if that were
// evenly filled. `longest` is the longest that was counted. 0 where nothing was.
[[nodiscard]] double percentile(const DurationCounts& counts, double part,
                                std::int64_t longest) noexcept;

}  // namespace cart::core
