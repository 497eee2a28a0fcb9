// cart_get, cart_add, cart_add_items: reading the active cart and filling it.
#include "api/answer.hpp"
#include "api/caller.hpp"
#include "api/document.hpp"
#include "api/items.hpp"
#include "api/lines.hpp"
#include "api/once.hpp"
#include "pg/function.hpp"
#include "store/rules.hpp"
#include "store/store.hpp"

namespace cart::api {

namespace {

// The cart that a reading call means.
std::optional<store::Cart> find_cart(const pg::Call& call) {
    if (const auto id = call.uuid(3)) {
        return store::carts::find(tenant_of(call, 2), *id, pg::Access::snapshot);
    }
    return store::carts::find_active(owner_of(call, 0), pg::Access::snapshot);
}

Datum unchanged(const pg::Call& call, std::string_view etag) {
    pg::JsonbBuilder out;
    out.begin_object().key("unchanged").boolean(true).key("etag").text(etag).end_object();
    return PointerGetDatum(out.finish(call.context()));
}

Datum get(pg::Call& call) {
    const store::Store store;
    const auto cart = find_cart(call);
    const auto if_none_match = call.text(4);
    const std::string etag = cart ? etag_of(*cart) : std::string(no_etag);
    if (if_none_match == etag) {
        return unchanged(call, etag);
    }
    if (!cart) {
        return call.null();
    }
    pg::JsonbBuilder out;
    out.begin_object();
    build_current(out, *cart, pg::Access::snapshot, call.memory());
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

Datum add(pg::Call& call, const store::Owner& owner, const Once& once, const Arguments& arguments,
          std::span<const GivenItem> given, const store::TenantRules& rules) {
    const store::Circumstances now = store::circumstances();
    const Begun begun = begin(owner, once, arguments, now);
    if (begun.made) {
        return replay(call, owner, *begun.made);
    }
    std::pmr::vector<IncomingItem> items(call.memory());
    items.reserve(given.size());
    for (const GivenItem& item : given) {
        items.push_back(incoming(item));
    }
    const auto changes = bring_in(*begun.taken, items,
                                  {.strategy = core::Strategy::sum,
                                   .limits = rules.limits,
                                   .on_limit = core::OnLimit::refuse},
                                  now, call.memory());
    complete(owner, begun, &begun.taken->cart);
    return answer(call, begun.taken->cart, changes);
}

// An empty array changes nothing, but its key and its etag count.
Datum add_nothing(pg::Call& call, const store::Owner& owner, const Once& once,
                  const Arguments& arguments) {
    const Begun begun = claim(owner, once.idempotency_key, arguments, store::circumstances());
    if (begun.made) {
        return replay(call, owner, *begun.made);
    }
    const auto cart = store::carts::find_active(owner, pg::Access::write);
    const store::Cart* found = cart ? &*cart : nullptr;
    check_etag(found, once.if_match);
    complete(owner, begun, found);
    return nothing_changed(call, owner);
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_get) { return api::get(call); }

CART_FUNCTION(cart_add) {
    const store::Store store;
    const store::Owner owner = api::owner_of(call, 2);
    const api::Once once = api::once_of(call, 5);
    const store::TenantRules rules = store::rules_of(owner.tenant);
    const Jsonb* item = call.jsonb(0);
    const auto quantity = call.number(1);
    api::GivenItem given =
        api::read_item(api::required(item, "item"), rules.match_on, call.memory());
    if (quantity) {
        given.facts.quantity = core::read_quantity(*quantity);
    }
    const auto arguments = api::Arguments("cart_add").add(item).add(quantity);
    return api::add(call, owner, once, arguments, std::span(&given, 1), rules);
}

CART_FUNCTION(cart_add_items) {
    const store::Store store;
    const store::Owner owner = api::owner_of(call, 1);
    const api::Once once = api::once_of(call, 4);
    const store::TenantRules rules = store::rules_of(owner.tenant);
    const Jsonb* items = api::required(call.jsonb(0), "items");
    const auto given = api::read_items(items, rules.match_on, call.memory());
    const auto arguments = api::Arguments("cart_add_items").add(items);
    if (given.empty()) {
        return api::add_nothing(call, owner, once, arguments);
    }
    return api::add(call, owner, once, arguments, given, rules);
}
