#include "core/histogram.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace cart::core {
namespace {

constexpr std::int64_t microsecond = 1'000;
constexpr std::int64_t second = 1'000'000'000;

DurationCounts counts_of(const std::vector<std::int64_t>& durations) {
    DurationCounts counts{};
    for (const std::int64_t duration : durations) {
        ++counts.at(bucket_of(duration));
    }
    return counts;
}

TEST(Histogram, HasBoundsThatRiseByAboutAQuarter) {
    const auto bounds = bounds_of_durations();
    EXPECT_EQ(bounds.front(), microsecond);
    EXPECT_EQ(bounds.back(), 80 * second);
    for (std::size_t i = 1; i < bounds.size(); ++i) {
        EXPECT_GT(bounds[i], bounds[i - 1]);
        EXPECT_LE(bounds[i] * 100, bounds[i - 1] * 130) << i;
    }
}

TEST(Histogram, CountsADurationUpToItsBound) {
    const auto bounds = bounds_of_durations();
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        EXPECT_EQ(bucket_of(bounds[i]), i);
        EXPECT_EQ(bucket_of(bounds[i] + 1), i + 1);
    }
}

TEST(Histogram, CountsWhatIsOutOfBoundsAtItsEnds) {
    EXPECT_EQ(bucket_of(-1), 0);
    EXPECT_EQ(bucket_of(0), 0);
    EXPECT_EQ(bucket_of(INT64_MAX), duration_buckets - 1);
}

TEST(Histogram, KnowsNoPercentileOfNothing) {
    EXPECT_EQ(total_of({}), 0);
    EXPECT_EQ(percentile({}, 0.5, 0), 0);
}

TEST(Histogram, GivesTheOneDurationForEveryPercentile) {
    const std::int64_t only = 1'300 * microsecond;
    const auto counts = counts_of({only});
    for (const double part : {0.01, 0.5, 0.99, 1.0}) {
        EXPECT_NEAR(percentile(counts, part, only), static_cast<double>(only), 0.13 * only);
    }
    EXPECT_EQ(percentile(counts, 1, only), only);
}

TEST(Histogram, NeverExceedsTheLongest) {
    const auto counts = counts_of({200 * second, 300 * second});
    EXPECT_EQ(percentile(counts, 1, 300 * second), 300 * second);
    EXPECT_LE(percentile(counts, 0.5, 300 * second), 300 * second);
}

TEST(Histogram, TellsPercentilesToWithinAnEighth) {
    std::vector<std::int64_t> durations;
    for (std::int64_t duration = microsecond; duration < second; duration += duration / 50 + 1) {
        durations.push_back(duration);
    }
    const auto counts = counts_of(durations);
    EXPECT_EQ(total_of(counts), durations.size());
    for (const double part : {0.1, 0.5, 0.95, 0.99}) {
        const auto rank = static_cast<std::size_t>(part * static_cast<double>(durations.size()));
        const auto exact = static_cast<double>(durations.at(rank));
        EXPECT_NEAR(percentile(counts, part, durations.back()), exact, exact / 8) << part;
    }
}

TEST(Histogram, RisesWithThePart) {
    const auto counts = counts_of({5, 900, 2'000, 40'000, 40'000, 41'000, second});
    double before = 0;
    for (double part = 0; part <= 1; part += 0.01) {
        const double now = percentile(counts, part, second);
        EXPECT_GE(now, before) << part;
        before = now;
    }
}

}  // namespace
}  // namespace cart::core
