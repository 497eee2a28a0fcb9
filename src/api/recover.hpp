// Bringing carts back that have left their owner's hands: drafts and abandoned carts.
#pragma once

#include <string_view>

#include "pg/function.hpp"
#include "store/carts.hpp"

namespace cart::api {

// A call that brings the cart back which its first parameter names; …who and …once follow.
struct BringingBack {
    std::string_view operation;
    std::string_view from;  // the status that the cart must have
    const char* refusal;    // what to say where it has another
};

// The cart becomes its owner's active one, keeping its id; what the owner has begun meanwhile is
// merged into it, or set aside as abandoned if it is in another currency. Throws
// Error(cart_not_found), Error(cart_not_active).
[[nodiscard]] Datum bring_back(pg::Call& call, const BringingBack& how);

// The same for a draft that has expired, in the current transaction. False: it is none, or no more.
[[nodiscard]] bool return_expired_checkout(std::string_view tenant, const pg::Uuid& id,
                                           const store::Circumstances& now);

}  // namespace cart::api
