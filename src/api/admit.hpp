// What a shopper may not say: prices, taxes and discounts come from the catalogue. They are dropped
// here, and nowhere else, from whatever a shopper adds, lays over a line, or brings with a cart.
#pragma once

#include "api/caller.hpp"
#include "api/lines.hpp"
#include "pg/jsonb.hpp"

namespace cart::api {

// The object without those members, for a shopper; the object itself for an application, and where
// it has none.
[[nodiscard]] const Jsonb* admitted(const Caller& caller, const Jsonb* object);

// The item without a price of its own, likewise.
[[nodiscard]] IncomingItem admitted(const Caller& caller, IncomingItem item);

}  // namespace cart::api
