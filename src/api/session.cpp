// cart_session_create: tokens for guest sessions.
#include "pg/function.hpp"

using namespace cart;

CART_FUNCTION(cart_session_create) { return pg::to_datum(std::string_view(pg::make_secret())); }
