// cart_session_create: tokens for guest sessions.
#include <array>

#include "pg/function.hpp"

using namespace cart;

CART_FUNCTION(cart_session_create) {
    std::array<std::byte, 32> secret;
    pg::fill_random(secret);
    return pg::to_datum(std::string_view(pg::to_base64url(secret)));
}
