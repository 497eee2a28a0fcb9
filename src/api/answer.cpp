#include "api/answer.hpp"

#include "api/document.hpp"
#include "api/named.hpp"
#include "pg/settings.hpp"

namespace cart::api {

void build_current(pg::JsonbBuilder& out, const store::Cart& cart, pg::Access access,
                   std::pmr::memory_resource* memory) {
    build_cart(out, cart, store::items::all(cart, access, memory), access, memory);
}

void add_documents(pg::TableResult& result, std::span<const store::Cart> carts) {
    for (const store::Cart& cart : carts) {
        const pg::Connection round;  // its memory: long lists do not pile up
        pg::JsonbBuilder out;
        out.begin_object();
        build_current(out, cart, pg::Access::snapshot, std::pmr::get_default_resource());
        out.end_object();
        result.add(PointerGetDatum(out.finish()));
    }
}

bool belongs_to(const store::Cart& cart, const store::Owner& owner) {
    if (owner.is_user()) {
        return cart.user == owner.user && cart.till == owner.till;
    }
    return !cart.user && cart.session == owner.session;
}

void build_shown(pg::JsonbBuilder& out, const store::Cart& cart, pg::Access access,
                 std::pmr::memory_resource* memory) {
    if (pg::settings::return_cart()) {
        build_current(out, cart, access, memory);
    } else {
        build_brief(out, cart);
    }
}

void build_changed(pg::JsonbBuilder& out, const store::Cart& cart, pg::Access access,
                   std::span<const core::LineChange> changes, std::pmr::memory_resource* memory) {
    build_shown(out, cart, access, memory);
    if (pg::settings::return_cart()) {
        out.key("changes");
        build_changes(out, changes, digits_of(cart));
    }
}

namespace {

void build_line(pg::JsonbBuilder& out, const LineAnswer& line) {
    out.key("item_key").uuid(line.key.bytes);
    out.key("quantity").number(std::optional(line.quantity));
}

}  // namespace

void build_replayed(pg::JsonbBuilder& out, const store::MadeRequest& made) {
    out.key("replayed").boolean(true);
    out.key("made_version");
    made.version ? out.number(static_cast<long long>(*made.version)) : out.null();
}

Datum answer(pg::Call& call, const store::Cart& cart, std::span<const core::LineChange> changes) {
    pg::JsonbBuilder out;
    out.begin_object();
    build_changed(out, cart, pg::Access::write, changes, call.memory());
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

Datum brief_answer(pg::Call& call, const store::Cart& cart, const std::optional<LineAnswer>& line) {
    pg::JsonbBuilder out;
    out.begin_object();
    build_brief(out, cart);
    if (line) {
        build_line(out, *line);
    }
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

namespace {

// The cart that a merge tells of, as it stands now: where nothing was merged nothing is locked, and
// it may have been checked out since, or have gone to somebody else.
std::optional<store::Cart> find_merged(const store::Cart& cart, bool is_repeat) {
    auto now = store::carts::find_again(cart, pg::Access::snapshot);
    const store::Owner owner = owner_of_cart(cart);
    return is_repeat || (now && now->is_active() && belongs_to(*now, owner))
               ? now
               : store::carts::find_active(owner, pg::Access::snapshot);
}

}  // namespace

Datum answer_merge(pg::Call& call, const std::optional<store::Cart>& cart, bool is_written,
                   const std::function<void(pg::JsonbBuilder&)>& build_merge,
                   const std::optional<store::MadeRequest>& made) {
    const pg::FreshSnapshot snapshot;
    const auto now = is_written || !cart ? cart : find_merged(*cart, made.has_value());
    pg::JsonbBuilder out;
    out.begin_object();
    out.key("cart");
    if (!now) {
        out.null();
    } else {
        out.begin_object();
        build_shown(out, *now, pg::Access::snapshot, call.memory());
        out.end_object();
    }
    build_merge(out.key("merge"));
    if (made) {
        build_replayed(out, *made);
    }
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

namespace {

// A cart that the call has not changed, or that there is none.
void build_untouched(pg::Call& call, pg::JsonbBuilder& out,
                     const std::optional<store::Cart>& cart) {
    if (!cart) {
        out.key("cart_id").null().key("etag").text(no_etag).key("version").number(0LL);
    } else {
        build_shown(out, *cart, pg::Access::snapshot, call.memory());
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
    build_untouched(call, out, store::carts::find_active(owner, pg::Access::snapshot));
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

Datum replay(pg::Call& call, const store::Owner& owner, const store::MadeRequest& made,
             const std::optional<core::ItemKey>& line) {
    const pg::FreshSnapshot snapshot;
    const auto cart = cart_of(owner, made);
    pg::JsonbBuilder out;
    out.begin_object();
    build_untouched(call, out, cart);
    if (cart && line && !pg::settings::return_cart()) {
        const auto lines = store::items::with_keys(*cart, std::span(&*line, 1), call.memory(),
                                                   pg::Access::snapshot);
        build_line(out, {.key = *line,
                         .quantity = lines.empty() ? core::Decimal(0) : lines.front().quantity});
    }
    build_replayed(out, made);
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

}  // namespace cart::api
