// The repository of cart.drafts: what checkout froze of a cart.
#pragma once

#include "pg/spi.hpp"
#include "store/carts.hpp"

namespace cart::store::drafts {

// Keeps what was frozen; what an earlier checkout of the cart froze is gone then.
void write(const Cart& cart, const Jsonb* frozen, const Circumstances& now);

// What the last checkout of the cart froze; nullptr: it was never checked out.
[[nodiscard]] const Jsonb* find(const Cart& cart, pg::Access access);

}  // namespace cart::store::drafts
