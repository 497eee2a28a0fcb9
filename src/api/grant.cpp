// cart_grant, cart_revoke, cart_application: which roles may do what.
#include "core/error.hpp"
#include "pg/function.hpp"
#include "pg/guard.hpp"
#include "pg/jsonb.hpp"
#include "store/setup.hpp"

namespace cart::api {

namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;

Oid required_role(const pg::Call& call) {
    const auto role = call.oid(0);
    if (!role || !OidIsValid(*role)) {
        throw Error(ErrorCode::invalid_parameter, "role must name a role",
                    Detail().text("parameter", "role"));
    }
    return *role;
}

store::Level required_level(const pg::Call& call) {
    const auto name = call.text(1);
    const auto level = name ? store::read_level(*name) : std::nullopt;
    if (!level) {
        throw Error(ErrorCode::invalid_parameter, "unknown level",
                    Detail().text("parameter", "level").text("found", name.value_or("")),
                    "It is shopper, application or admin.");
    }
    return *level;
}

Datum set_level(pg::Call& call, const std::optional<store::Level>& level) {
    const Oid role = required_role(call);
    store::grant(role, level, call.function());
    pg::JsonbBuilder out;
    out.begin_object();
    out.key("role").text(
        pg::guarded([&] { return const_cast<const char*>(GetUserNameFromId(role, false)); }));
    out.key("level").text(level ? std::optional(store::name_of(*level)) : std::nullopt);
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_grant) { return api::set_level(call, api::required_level(call)); }
CART_FUNCTION(cart_revoke) { return api::set_level(call, std::nullopt); }
// That it may be executed is all that it says.
CART_QUIET_FUNCTION(cart_application) { return BoolGetDatum(true); }
