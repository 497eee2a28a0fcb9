#include "core/histogram.hpp"

#include <algorithm>
#include <numeric>

namespace cart::core {

namespace {

constexpr auto make_bounds() {
    constexpr std::array<std::int64_t, bounds_a_decade> series = {100, 125, 160, 200, 250,
                                                                  315, 400, 500, 630, 800};
    std::array<std::int64_t, duration_bounds> bounds{};
    std::int64_t scale = 10;
    for (std::size_t decade = 0; decade < decades; ++decade) {
        for (std::size_t i = 0; i < bounds_a_decade; ++i) {
            bounds.at(decade * bounds_a_decade + i) = series.at(i) * scale;
        }
        scale *= 10;
    }
    return bounds;
}

constexpr auto bounds = make_bounds();

// What the bucket holds lies above this and up to that.
double lower_end(std::size_t bucket) {
    return bucket == 0 ? 0 : static_cast<double>(bounds.at(bucket - 1));
}

double upper_end(std::size_t bucket, std::int64_t longest) {
    return static_cast<double>(bucket < duration_bounds ? std::min(bounds.at(bucket), longest)
                                                        : longest);
}

}  // namespace

std::span<const std::int64_t, duration_bounds> bounds_of_durations() noexcept { return bounds; }

std::size_t bucket_of(std::int64_t nanoseconds) noexcept {
    return static_cast<std::size_t>(std::ranges::lower_bound(bounds, nanoseconds) - bounds.begin());
}

std::uint64_t total_of(const DurationCounts& counts) noexcept {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

double percentile(const DurationCounts& counts, double part, std::int64_t longest) noexcept {
    const double wanted = part * static_cast<double>(total_of(counts));
    double below = 0;
    for (std::size_t bucket = 0; bucket < counts.size(); ++bucket) {
        const auto here = static_cast<double>(counts[bucket]);
        if (here > 0 && below + here >= wanted) {
            const double low = lower_end(bucket);
            const double high = std::max(upper_end(bucket, longest), low);
            return low + (high - low) * (wanted - below) / here;
        }
        below += here;
    }
    return 0;
}

}  // namespace cart::core
