// cart_is_application, cart_is_visible: what row security asks for direct reads and writes.
#include "api/caller.hpp"
#include "core/lifecycle.hpp"
#include "pg/function.hpp"

namespace cart::api {

namespace {

store::SessionHash hash_from(pg::Bytes bytes) {
    store::SessionHash hash{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
    return hash;
}

bool is_visible(const pg::Call& call) {
    const Caller caller(call);
    if (caller.is_application()) {
        return true;
    }
    const auto bytes =
        call.is_null(2) ? std::nullopt : std::optional(pg::bytes_from(call.datum(2)));
    store::Cart cart{};
    cart.tenant = call.text(0).value_or("");
    cart.user = call.text(1);
    cart.session = bytes ? std::optional(hash_from(*bytes)) : std::nullopt;
    cart.location = call.text(3);
    cart.status = call.text(4).value_or("");
    return caller.may_see(cart);
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_QUIET_FUNCTION(cart_is_application) {
    return BoolGetDatum(api::Caller(call).is_application());
}
CART_QUIET_FUNCTION(cart_is_visible) { return BoolGetDatum(api::is_visible(call)); }
