// The counters as text for Prometheus and its like.
#pragma once

#include <string>

namespace cart::watch {

// In the format of OpenMetrics 1.0, which also the older text format's readers take: hence there is
// no counter in it, whose names the two formats write differently, but a summary, whose _count and
// _sum they agree upon.
[[nodiscard]] std::string metrics();

}  // namespace cart::watch
