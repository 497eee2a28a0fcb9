// The lock on an owner, taken before any of its active carts is.
//
// A row lock alone is not enough: who waits for the row of an active cart gets it also when the
// cart is active no more by then, keeps it until its transaction ends, and goes on to wait for the
// newer cart, whose holder may wait for the first.
#pragma once

#include <cstdint>
#include <vector>

#include "store/carts.hpp"

namespace cart::store {

// Waits until nobody else has the owner, and has it until the transaction ends. Who takes several
// takes users by name first, then guests.
void lock_owner(const Owner& owner);
// What lock_owners() has taken.
using OwnerLocks = std::vector<std::uint64_t>;
// Both, in that order. An owner that is none (of an order that was forgotten) is passed over.
OwnerLocks lock_owners(const Owner& a, const Owner& b);
// Gives them back before the transaction ends: for who has done nothing under them, and must lock
// another owner instead, who may come before these.
void unlock(const OwnerLocks& locks);
// The same, unless somebody else has it: then false.
[[nodiscard]] bool try_lock_owner(const Owner& owner);

}  // namespace cart::store
