// The change feed: what became of carts in a transaction is told with its commit.
#pragma once

#include <string>

#include "store/events.hpp"

namespace cart::watch {

inline constexpr const char* channel = "cart_changed";

// An event as JSON, for whoever listens.
[[nodiscard]] std::string payload_of(const store::events::Event& event);

// Begins to follow transactions. Called once, when the library is loaded.
void begin_feed();

}  // namespace cart::watch
