// cart_get, cart_list, cart_touch: reading carts.
#include "api/answer.hpp"
#include "api/caller.hpp"
#include "api/document.hpp"
#include "api/named.hpp"
#include "core/error.hpp"
#include "core/lifecycle.hpp"
#include "pg/function.hpp"
#include "pg/settings.hpp"
#include "pg/table_result.hpp"
#include "store/store.hpp"

namespace cart::api {

namespace {

// The cart that a reading call means. An application reads whichever it names.
std::optional<store::Cart> find_cart(const pg::Call& call) {
    const Caller caller(call);
    const auto id = call.uuid(3);
    if (!id) {
        return store::carts::find_active(caller.owner(0), pg::Access::snapshot);
    }
    if (caller.is_application()) {
        return store::carts::find(caller.tenant(2), *id, pg::Access::snapshot);
    }
    return find_named(caller, *id, 0, pg::Access::snapshot);
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

void check_statuses(std::span<const std::string_view> statuses) {
    for (const std::string_view status : statuses) {
        if (!core::read_status(status)) {
            throw core::Error(core::ErrorCode::invalid_parameter, "unknown status of a cart",
                              core::Detail().text("parameter", "statuses").text("found", status),
                              "Statuses are active, held, checkout, ordered, merged and "
                              "abandoned.");
        }
    }
}

Datum list(pg::Call& call) {
    pg::TableResult result(call);
    const auto statuses = call.texts(0);
    if (statuses) {
        check_statuses(*statuses);
    }
    const store::Store store;
    const store::Owner owner = Caller(call).owner(1);
    const auto carts = store::carts::list(
        owner,
        statuses ? std::optional(std::span<const std::string_view>(*statuses)) : std::nullopt);
    add_documents(result, carts);
    return call.null();
}

Datum touch(pg::Call& call) {
    const store::Store store;
    const Caller caller(call);
    const store::Owner owner = caller.owner(0);
    const store::Circumstances now = caller.circumstances();
    const TimestampTz oldest =
        now.now - std::int64_t{pg::settings::touch_interval()} * USECS_PER_SEC;
    store::carts::touch(owner, oldest, now);
    return nothing_changed(call, owner);
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_get) { return api::get(call); }
CART_FUNCTION(cart_list) { return api::list(call); }
CART_FUNCTION(cart_touch) { return api::touch(call); }
