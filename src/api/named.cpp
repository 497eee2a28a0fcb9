#include "api/named.hpp"

namespace cart::api {

using core::Detail;
using core::Error;
using core::ErrorCode;

pg::Uuid required_id(const pg::Call& call, int place, std::string_view parameter) {
    const auto id = call.uuid(place);
    if (!id) {
        throw Error(ErrorCode::invalid_parameter, std::string(parameter) + " must not be NULL",
                    Detail().text("parameter", parameter));
    }
    return *id;
}

store::Owner owner_of_cart(const store::Cart& cart) {
    return {.tenant = cart.tenant, .user = cart.user, .session = cart.session, .till = cart.till};
}

namespace {

store::Cart checked(const Caller& caller, const std::optional<store::Cart>& cart,
                    const pg::Uuid& id, int who) {
    if (!cart || !caller.may_name(*cart, who)) {
        throw caller.is_application() ? not_found("there is no such cart", id) : not_allowed();
    }
    return *cart;
}

}  // namespace

store::Cart find_named(const Caller& caller, const pg::Uuid& id, int who, pg::Access access) {
    return checked(caller, store::carts::find(caller.tenant(who + 2), id, access), id, who);
}

store::Cart lock_named(const Caller& caller, const pg::Uuid& id, int who) {
    return checked(caller, store::carts::lock(caller.tenant(who + 2), id), id, who);
}

NamedCall named_call(const Caller& caller, pg::Call& call, int who, int once) {
    const store::Cart found = find_named(caller, required_id(call, 0, "cart_id"), who);
    return {.caller = caller,
            .who = who,
            .found = found,
            .owner = owner_of_cart(found),
            .rules = store::rules_of(found.tenant, call.memory()),
            .now = caller.circumstances(),
            .once = once_of(call, once)};
}

store::Cart NamedCall::lock() const {
    // It may have gone to another owner meanwhile, or its owner may have been forgotten, and it
    // with its owner.
    const store::Cart cart = lock_named(caller, found.id, who);
    check_etag(&cart, once.if_match);
    return cart;
}

Error not_found(const char* message, const std::optional<pg::Uuid>& id) {
    Detail detail;
    id ? detail.text("cart_id", pg::to_string(*id)) : detail.document("cart_id", "null");
    return {ErrorCode::cart_not_found, message, detail};
}

Error wrong_status(const char* message, const store::Cart& cart) {
    return {ErrorCode::cart_not_active, message,
            Detail().text("cart_id", pg::to_string(cart.id)).text("status", cart.status)};
}

TimestampTz end_after(const std::optional<std::int64_t>& ttl, std::int64_t usual,
                      const store::Circumstances& now) {
    constexpr std::int64_t most = 10LL * 366 * 24 * 60 * 60;
    if (ttl && (*ttl < 1 || *ttl > most)) {
        throw Error(ErrorCode::invalid_parameter, "ttl must be from one second to ten years",
                    Detail().text("parameter", "ttl").number("found", *ttl));
    }
    return now.now + ttl.value_or(usual) * USECS_PER_SEC;
}

}  // namespace cart::api
