// What becomes of carts that are not just filled: set aside, ordered, abandoned, brought back.
#pragma once

#include "torture/model.hpp"

namespace cart::torture {

[[nodiscard]] bool has_status(const Cart& cart, const char* status);

// Does it to the cart that the call answers, as apply() does; whose cart that then is, is the
// caller's business.
[[nodiscard]] Applied move(Cart& cart, const Operation& operation);

// Whether it is a draft, or one that has gone back to active since, with the same lines.
[[nodiscard]] bool can_be_ordered(const Cart& cart);

// What becomes of the active cart, which is in the way of one that comes back by this operation.
// The SQLSTATE where the operation must be refused.
[[nodiscard]] std::string make_way(Cart& active, Cart& coming, const Operation& operation);

// Two currencies cannot become one cart.
[[nodiscard]] bool may_join(const Content& one, const Content& other);

}  // namespace cart::torture
