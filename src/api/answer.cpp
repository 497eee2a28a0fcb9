#include "api/answer.hpp"

#include "api/document.hpp"
#include "pg/settings.hpp"

namespace cart::api {

void build_current(pg::JsonbBuilder& out, const store::Cart& cart, pg::Access access,
                   std::pmr::memory_resource* memory) {
    build_cart(out, cart, store::items::all(cart, access, memory));
}

bool belongs_to(const store::Cart& cart, const store::Owner& owner) {
    if (owner.is_user()) {
        return cart.user == owner.user && cart.till == owner.till;
    }
    return !cart.user && cart.session == owner.session;
}

Datum answer(pg::Call& call, const store::Cart& cart, std::span<const LineChange> changes) {
    pg::JsonbBuilder out;
    out.begin_object();
    if (pg::settings::return_cart()) {
        build_current(out, cart, pg::Access::write, call.memory());
        out.key("changes");
        build_changes(out, changes, digits_of(cart));
    } else {
        build_brief(out, cart);
        if (changes.size() == 1) {
            out.key("item_key").uuid(changes.front().key.bytes);
            out.key("quantity").number(std::optional(changes.front().quantity_after));
        }
    }
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

namespace {

// The cart or, without cart_ext.return_cart, what is left of it.
void build_answer(pg::Call& call, pg::JsonbBuilder& out, const std::optional<store::Cart>& cart) {
    if (!cart) {
        out.key("cart_id").null().key("etag").text(no_etag).key("version").number(0LL);
    } else if (pg::settings::return_cart()) {
        build_current(out, *cart, pg::Access::snapshot, call.memory());
    } else {
        build_brief(out, *cart);
    }
    if (pg::settings::return_cart()) {
        out.key("changes").begin_array().end_array();
    }
}

std::optional<store::Cart> cart_of(const store::Owner& owner, const store::MadeRequest& made) {
    const auto cart = made.cart_id
                          ? store::carts::find(owner.tenant, *made.cart_id, pg::Access::snapshot)
                          : std::nullopt;
    return cart && belongs_to(*cart, owner)
               ? cart
               : store::carts::find_active(owner, pg::Access::snapshot);
}

}  // namespace

Datum nothing_changed(pg::Call& call, const store::Owner& owner) {
    const pg::FreshSnapshot snapshot;
    pg::JsonbBuilder out;
    out.begin_object();
    build_answer(call, out, store::carts::find_active(owner, pg::Access::snapshot));
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

Datum replay(pg::Call& call, const store::Owner& owner, const store::MadeRequest& made) {
    const pg::FreshSnapshot snapshot;
    pg::JsonbBuilder out;
    out.begin_object();
    build_answer(call, out, cart_of(owner, made));
    out.key("replayed").boolean(true);
    out.key("made_version");
    made.version ? out.number(static_cast<long long>(*made.version)) : out.null();
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

}  // namespace cart::api
