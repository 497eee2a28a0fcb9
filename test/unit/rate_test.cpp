#include "core/rate.hpp"

#include <gtest/gtest.h>

namespace cart::core {
namespace {

// A limit in use.
class Limit {
  public:
    explicit Limit(int a_minute) : a_minute_(a_minute) {}

    // How long to wait; 0: it happened.
    std::int64_t take(std::int64_t now) {
        const RateDecision decision = decide_rate(expected_, now, a_minute_);
        if (decision.retry_after == 0) {
            expected_ = decision.expected;
        }
        return decision.retry_after;
    }

  private:
    int a_minute_;
    std::int64_t expected_ = 0;
};

constexpr std::int64_t start = 1'000 * minute;

TEST(Rate, LetsAMinutesWorthComeAtOnce) {
    Limit limit(3);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(limit.take(start), 0) << i;
    }
    EXPECT_EQ(limit.take(start), minute / 3);
}

TEST(Rate, SaysHowLongToWait) {
    Limit limit(2);
    EXPECT_EQ(limit.take(start), 0);
    EXPECT_EQ(limit.take(start), 0);
    const std::int64_t wait = limit.take(start);
    EXPECT_EQ(limit.take(start + wait - 1), 1);
    EXPECT_EQ(limit.take(start + wait), 0);
    EXPECT_GT(limit.take(start + wait), 0);
}

TEST(Rate, IsWholeAgainAfterAMinute) {
    Limit limit(5);
    for (std::int64_t now = start; now < start + 3 * minute; now += minute) {
        for (int i = 0; i < 5; ++i) {
            EXPECT_EQ(limit.take(now), 0) << now << " " << i;
        }
        EXPECT_GT(limit.take(now), 0);
    }
}

TEST(Rate, NeverLetsMoreThanTwiceThroughInAMinute) {
    Limit limit(10);
    int passed = 0;
    for (std::int64_t now = start; now < start + minute; now += minute / 1000) {
        passed += limit.take(now) == 0 ? 1 : 0;
    }
    EXPECT_GE(passed, 10);
    EXPECT_LE(passed, 20);
}

TEST(Rate, RefusingCostsNothing) {
    Limit limit(1);
    EXPECT_EQ(limit.take(start), 0);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(limit.take(start), minute);
    }
    EXPECT_EQ(limit.take(start + minute), 0);
}

TEST(Rate, AClockSetBackLocksNobodyOut) {
    Limit limit(1);
    EXPECT_EQ(limit.take(start), 0);
    EXPECT_LE(limit.take(start - 1'000 * minute), minute);
}

TEST(Rate, TakesTheLargestLimit) {
    Limit limit(1'000'000);
    EXPECT_EQ(limit.take(start), 0);
}

}  // namespace
}  // namespace cart::core
