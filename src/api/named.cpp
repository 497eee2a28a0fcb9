#include "api/named.hpp"

#include "api/caller.hpp"

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

bool is_meant(const pg::Call& call, int who, const store::Cart& cart) {
    const std::string_view user = call.text(who).value_or("");
    const std::string_view session = call.text(who + 1).value_or("");
    return (user.empty() && session.empty()) || (!user.empty() && cart.user == user) ||
           (!session.empty() && cart.session == hash_of_token(session));
}

store::Cart find_named(const pg::Call& call, const pg::Uuid& id, int who) {
    const auto cart = store::carts::find(tenant_of(call, who + 2), id, pg::Access::write);
    if (!cart || !is_meant(call, who, *cart)) {
        throw not_found("there is no such cart", id);
    }
    return *cart;
}

NamedCall named_call(pg::Call& call, int who, int once) {
    const store::Cart found = find_named(call, required_id(call, 0, "cart_id"), who);
    return {.found = found,
            .owner = owner_of_cart(found),
            .rules = store::rules_of(found.tenant, call.memory()),
            .now = store::circumstances(),
            .once = once_of(call, once)};
}

store::Cart NamedCall::lock() const {
    const auto cart = store::carts::lock(found.tenant, found.id);
    // Its owner may have been forgotten meanwhile, and it with its owner.
    if (!cart) {
        throw not_found("there is no such cart", found.id);
    }
    check_etag(&*cart, once.if_match);
    return *cart;
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
