// How often something may happen: the generic cell rate algorithm (ITU-T I.371), which needs one
// number for each limit and no clock of its own. Times are in microseconds.
#pragma once

#include <algorithm>
#include <cstdint>

namespace cart::core {

inline constexpr std::int64_t minute = 60'000'000;

struct RateDecision {
    std::int64_t expected;     // the state to keep where it is allowed
    std::int64_t retry_after;  // 0: it is allowed
};

// Whether it may happen now, if it may so many times a minute. `expected` is the state of before:
// when the next one would be due if they came evenly; 0 at first. A minute's worth may come at
// once.
[[nodiscard]] constexpr RateDecision decide_rate(std::int64_t expected, std::int64_t now,
                                                 int a_minute) noexcept {
    // A clock that was set back must not lock anybody out for longer than a minute.
    const std::int64_t due = std::clamp(expected, now, now + minute);
    const std::int64_t next = due + minute / a_minute;
    return {.expected = next, .retry_after = std::max<std::int64_t>(0, next - now - minute)};
}

}  // namespace cart::core
