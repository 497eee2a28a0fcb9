// The repository of cart.requests: which idempotency keys have been used, and for what.
//
// A call with a key claims it first. Whoever comes second waits in the index for the first to
// commit or to fail, and then either finds what the first did, or runs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "pg/spi.hpp"
#include "store/carts.hpp"

namespace cart::store {

// 16 bytes of SHA-256: of an owner, a key, or a call's arguments.
using ShortHash = std::array<std::byte, 16>;

struct RequestKey {
    ShortHash owner;
    ShortHash key;
    ShortHash arguments;
    pg::RowPlace place = {};  // of its row, once it is claimed
};

// What a call with this key did before.
struct MadeRequest {
    ShortHash arguments;
    std::optional<pg::Uuid> cart_id;
    std::optional<std::int64_t> version;
};

namespace requests {

// The owner of a request, as its rows name it.
[[nodiscard]] ShortHash owner_hash(const Owner& owner);

// Claims the key, unless it has been used since `oldest`: then tells what for.
[[nodiscard]] std::optional<MadeRequest> claim(std::string_view tenant, RequestKey& request,
                                               TimestampTz oldest, const Circumstances& now);

// What a guest did under this key whose cart has since gone to the user. To be asked with the
// user's cart locked: then no merge into it is under way.
[[nodiscard]] std::optional<MadeRequest> find_merged(const Owner& user, const RequestKey& request,
                                                     TimestampTz oldest);

// Records what the call that claimed the key has done.
void complete(std::string_view tenant, const RequestKey& request,
              const std::optional<pg::Uuid>& cart_id, const std::optional<std::int64_t>& version);

}  // namespace requests

}  // namespace cart::store
