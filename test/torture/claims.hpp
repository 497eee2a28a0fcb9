// Which call made which version, as far as its answer tells.
#pragma once

#include "torture/client.hpp"

namespace cart::torture {

// Whether a call made the version that it answered.
enum class Claim : unsigned char { none, possible, sure };
[[nodiscard]] Claim claim_of(const Call& call);

// Another cart that the call wrote by the way, which its answer need not name; nullptr: none.
[[nodiscard]] const Written* side_of(const Call& call);

// Whether it changes nothing where there is no cart.
[[nodiscard]] bool needs_no_cart(const Operation& operation);

// What the maker of this version found.
[[nodiscard]] Etag before(const Call& maker, std::int64_t version);

// Whether the call may have found the cart so, as far as it says what it wants to find.
[[nodiscard]] bool may_find(const Call& call, const Etag& etag);

}  // namespace cart::torture
