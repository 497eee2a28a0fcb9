// JSON Web Tokens signed with HS256 (RFC 7515, RFC 7519).
#pragma once

#include <optional>
#include <string_view>

#include "pg/server.hpp"

extern "C" {
#include "utils/jsonb.h"
#include "utils/timestamp.h"
}

namespace cart::pg {

struct SignedClaims {
    const Jsonb* payload;  // an object
    TimestampTz not_before;
    TimestampTz expires_at;
};

// The payload of a token, if the key of cart_ext.key_file signed it. Nothing for every other one:
// another algorithm, another key, no expiry, critical extensions, a member named twice. Whether it
// has expired is the caller's to see, each time.
[[nodiscard]] std::optional<SignedClaims> verify(std::string_view token);

}  // namespace cart::pg
