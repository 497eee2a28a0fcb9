// What is stored of a person beside carts: idempotency keys, receipts of merges, recovery links.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pg/spi.hpp"
#include "store/carts.hpp"
#include "store/requests.hpp"

namespace cart::store {

// A user, at whatever till, or a guest session; and the carts that carts::of_person() gave.
struct Person {
    const Owner& owner;
    std::span<const Cart> carts;
};

namespace person {

// By which the person's idempotency keys are kept: one for each till and each guest session whose
// cart went to the user.
[[nodiscard]] std::vector<ShortHash> request_owners(const Person& person, pg::Access access);

// As arrays of objects, the oldest first.
[[nodiscard]] const Jsonb* requests(const Person& person, std::span<const ShortHash> owners);
[[nodiscard]] const Jsonb* merges(const Person& person);
[[nodiscard]] const Jsonb* links(const Person& person);

// How many were deleted.
[[nodiscard]] std::int64_t erase_requests(const Person& person, std::span<const ShortHash> owners);
[[nodiscard]] std::int64_t erase_merges(const Person& person);
[[nodiscard]] std::int64_t erase_links(const Person& person);

}  // namespace person

}  // namespace cart::store
