// cart_hold, cart_held, cart_resume: sales that are set aside at the till.
#include "api/answer.hpp"
#include "api/caller.hpp"
#include "api/named.hpp"
#include "api/once.hpp"
#include "api/reactivate.hpp"
#include "core/error.hpp"
#include "store/owner_lock.hpp"
#include "store/store.hpp"

namespace cart::api {

namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;

Datum hold(pg::Call& call) {
    const store::Store store;
    const Caller caller(call);
    caller.require_staff();
    const auto label = call.text(0);
    const auto ttl = call.seconds(1);
    const auto id = call.uuid(2);
    const store::Owner owner = id ? owner_of_cart(find_named(caller, *id, 3)) : caller.owner(3);
    const auto rules = store::rules_of(owner.tenant, call.memory());
    const store::Circumstances now = caller.circumstances();
    const TimestampTz end = end_after(ttl, rules->hold_ttl, now);
    const Once once = once_of(call, 6);
    const auto arguments =
        Arguments("cart_hold", once)
            .add(label ? std::optional(store::identifier("label", *label)) : std::nullopt)
            .add(ttl ? std::to_string(*ttl) : std::string())
            .add(id ? pg::to_string(*id) : std::string());
    Begun begun = claim(owner, once.idempotency_key, arguments, *rules, now);
    if (begun.made) {
        return replay(call, owner, *begun.made);
    }
    const auto cart =
        id ? std::optional(lock_named(caller, *id, 3)) : store::carts::lock_active(owner);
    if (!id) {
        follow_merge(begun, owner, once, *rules, now);
        if (begun.made) {
            return replay(call, owner, *begun.made);
        }
    }
    if (!cart) {
        throw not_found("there is no active cart to hold", {});
    }
    check_etag(&*cart, once.if_match);
    if (!cart->is_active()) {
        throw wrong_status("only an active cart can be held", *cart);
    }
    const store::Cart held = store::carts::as_written(store::carts::hold(*cart, label, end, now));
    complete(owner, begun, &held);
    return answer(call, held, {});
}

Datum list_held(pg::Call& call) {
    pg::TableResult result(call);
    const store::Store store;
    const Caller caller(call);
    caller.require_staff();
    add_documents(result,
                  store::carts::held(caller.tenant(0), caller.location_shown(call.text(1))));
    return call.null();
}

InTheWay read_if_active(const std::optional<std::string_view>& name) {
    if (!name || *name == "hold") {
        return InTheWay::hold;
    }
    if (*name == "merge") {
        return InTheWay::merge;
    }
    if (*name == "error") {
        return InTheWay::error;
    }
    throw Error(ErrorCode::invalid_parameter, "unknown value of if_active",
                Detail().text("parameter", "if_active").text("found", *name),
                "It is hold, merge or error.");
}

// The held cart, locked: of two that try, the second finds it held no more.
store::Cart lock_held(const Writing& writing, const pg::Uuid& id) {
    // Looked at before it is locked: whoever has it by now may be waiting for us.
    auto cart = store::carts::find(writing.owner.tenant, id, pg::Access::write);
    if (cart && cart->status == "held") {
        cart = store::carts::lock_again(*cart);
    }
    if (!writing.caller.is_application() && (!cart || !writing.caller.may_resume(*cart))) {
        throw not_allowed();
    }
    if (!cart || cart->status != "held") {
        throw not_found("no such cart is held", id);
    }
    check_etag(&*cart, writing.once.if_match);
    return *cart;
}

Datum resume(pg::Call& call) {
    const store::Store store;
    const Writing writing = api::writing(call, 2, 5);
    writing.caller.require_staff();
    const pg::Uuid id = required_id(call, 0, "cart_id");
    const auto named = call.text(1);
    const InTheWay in_the_way = read_if_active(named);
    Begun begun = claim(writing.owner, writing.once.idempotency_key,
                        Arguments("cart_resume", writing.once).add(pg::to_string(id)).add(named),
                        *writing.rules, writing.now);
    if (begun.made) {
        return replay(call, writing.owner, *begun.made);
    }
    if (const auto found = store::carts::find(writing.owner.tenant, id, pg::Access::write)) {
        (void)store::lock_owners(writing.owner, owner_of_cart(*found));
    }
    Reactivation resumption(writing.owner, in_the_way, *writing.rules, writing.now, call.memory());
    const auto cart = resumption.run([&] {
        follow_merge(begun, writing);
        return begun.made ? std::nullopt : std::optional(lock_held(writing, id));
    });
    if (begun.made) {
        return replay(call, writing.owner, *begun.made);
    }
    complete(writing.owner, begun, &cart.value());
    return answer(call, *cart, resumption.changes());
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_hold) { return api::hold(call); }
CART_FUNCTION(cart_held) { return api::list_held(call); }
CART_FUNCTION(cart_resume) { return api::resume(call); }
