// cart_export, cart_forget: all that is stored of a person, given out or erased.
#include "api/answer.hpp"
#include "api/caller.hpp"
#include "pg/guard.hpp"
#include "store/imports.hpp"
#include "store/person.hpp"
#include "store/store.hpp"

namespace cart::api {

namespace {

Datum export_all(pg::Call& call) {
    const store::Store store;
    const Caller caller(call);
    caller.require_application();
    const store::Owner owner = caller.owner(0);
    const auto carts = store::carts::of_person(owner);
    const store::Person person{.owner = owner, .carts = carts};
    pg::JsonbBuilder out;
    out.begin_object();
    out.key("tenant_id").text(owner.tenant);
    out.key("user_id").text(owner.user);
    out.key("exported_at").time(pg::now());
    out.key("carts").begin_array();
    for (const store::Cart& cart : carts) {
        out.begin_object();
        build_current(out, cart, pg::Access::snapshot, call.memory());
        out.end_object();
    }
    out.end_array();
    out.key("requests")
        .json(store::person::requests(person,
                                      store::person::request_owners(person, pg::Access::snapshot)));
    out.key("merges").json(store::person::merges(person));
    out.key("links").json(store::person::links(person));
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

struct Erased {
    std::int64_t carts = 0;
    std::int64_t orders = 0;
    std::int64_t requests = 0;
    std::int64_t merges = 0;
    std::int64_t links = 0;
};

Erased erase(const store::Person& person) {
    Erased erased;
    erased.links = store::person::erase_links(person);
    erased.requests = store::person::erase_requests(
        person, store::person::request_owners(person, pg::Access::write));
    erased.merges = store::person::erase_merges(person);
    std::vector<pg::Uuid> all;
    std::vector<pg::Uuid> gone;
    for (const store::Cart& cart : person.carts) {
        all.push_back(cart.id);
        if (cart.status == "ordered") {
            store::carts::anonymize(cart);
            ++erased.orders;
        } else {
            gone.push_back(cart.id);
        }
    }
    store::imports::erase(person.owner.tenant, all);
    store::carts::erase(person.owner.tenant, gone);
    erased.carts = static_cast<std::int64_t>(gone.size());
    return erased;
}

Datum forget(pg::Call& call) {
    const store::Store store;
    const Caller caller(call);
    caller.require_application();
    const store::Owner owner = caller.owner(0);
    const auto carts = store::carts::lock_of_person(owner);
    const Erased erased = erase({.owner = owner, .carts = carts});
    pg::JsonbBuilder out;
    out.begin_object();
    out.key("carts_deleted").number(static_cast<long long>(erased.carts));
    out.key("orders_anonymized").number(static_cast<long long>(erased.orders));
    out.key("requests_deleted").number(static_cast<long long>(erased.requests));
    out.key("merges_deleted").number(static_cast<long long>(erased.merges));
    out.key("links_deleted").number(static_cast<long long>(erased.links));
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_export) { return api::export_all(call); }
CART_FUNCTION(cart_forget) { return api::forget(call); }
