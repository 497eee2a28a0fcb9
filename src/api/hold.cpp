// cart_hold, cart_held, cart_resume: sales that are set aside at the till.
#include "api/answer.hpp"
#include "api/caller.hpp"
#include "api/lines.hpp"
#include "api/once.hpp"
#include "core/error.hpp"
#include "pg/guard.hpp"
#include "store/store.hpp"

namespace cart::api {

namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;
using store::carts::Taken;

Error not_found(const char* message, const std::optional<pg::Uuid>& id) {
    Detail detail;
    if (id) {
        detail.text("cart_id", pg::to_string(*id));
    }
    return {ErrorCode::cart_not_found, message, detail};
}

// When a hold ends that begins now.
TimestampTz end_of_hold(const std::optional<std::int64_t>& ttl, const store::TenantRules& rules,
                        const store::Circumstances& now) {
    constexpr std::int64_t most = 10LL * 366 * 24 * 60 * 60;
    if (ttl && (*ttl < 1 || *ttl > most)) {
        throw Error(ErrorCode::invalid_parameter, "ttl must be from one second to ten years",
                    Detail().text("parameter", "ttl").number("found", *ttl));
    }
    return now.now + ttl.value_or(rules.hold_ttl) * USECS_PER_SEC;
}

store::Owner owner_of_cart(const store::Cart& cart) {
    return {.tenant = cart.tenant, .user = cart.user, .session = cart.session, .till = cart.till};
}

// Whose cart is meant: the owner of the cart that is named, or the caller.
store::Owner owner_meant(const pg::Call& call, const std::optional<pg::Uuid>& id, int who) {
    if (!id) {
        return owner_of(call, who);
    }
    const auto cart = store::carts::find(tenant_of(call, who + 2), *id, pg::Access::write);
    if (!cart) {
        throw not_found("there is no such cart", id);
    }
    return owner_of_cart(*cart);
}

Datum hold(pg::Call& call) {
    const store::Store store;
    const auto label = call.text(0);
    const auto ttl = call.seconds(1);
    const auto id = call.uuid(2);
    const store::Owner owner = owner_meant(call, id, 3);
    const auto rules = store::rules_of(owner.tenant, call.memory());
    const store::Circumstances now = store::circumstances();
    const TimestampTz end = end_of_hold(ttl, *rules, now);
    const Once once = once_of(call, 6);
    const auto arguments =
        Arguments("cart_hold")
            .add(label ? std::optional(store::identifier("label", *label)) : std::nullopt)
            .add(ttl ? std::to_string(*ttl) : std::string())
            .add(id ? pg::to_string(*id) : std::string());
    const Begun begun = claim(owner, once.idempotency_key, arguments, *rules, now);
    if (begun.made) {
        return replay(call, owner, *begun.made);
    }
    const auto cart = id ? store::carts::lock(owner.tenant, *id) : store::carts::lock_active(owner);
    if (!cart) {
        throw not_found("there is no active cart to hold", id);
    }
    check_etag(&*cart, once.if_match);
    if (!cart->is_active()) {
        throw Error(ErrorCode::cart_not_active, "only an active cart can be held",
                    Detail().text("cart_id", pg::to_string(cart->id)).text("status", cart->status));
    }
    const store::Cart held = store::carts::as_written(store::carts::hold(*cart, label, end, now));
    complete(owner, begun, &held);
    return answer(call, held, {});
}

Datum list_held(pg::Call& call) {
    pg::TableResult result(call);
    const store::Store store;
    const auto location = call.text(1);
    add_documents(result,
                  store::carts::held(tenant_of(call, 0),
                                     location && !location->empty() ? location : std::nullopt));
    return call.null();
}

// What becomes of the cart that is in the way.
enum class IfActive : unsigned char { hold, merge, error };

IfActive read_if_active(const std::optional<std::string_view>& name) {
    if (!name || *name == "hold") {
        return IfActive::hold;
    }
    if (*name == "merge") {
        return IfActive::merge;
    }
    if (*name == "error") {
        return IfActive::error;
    }
    throw Error(ErrorCode::invalid_parameter, "unknown value of if_active",
                Detail().text("parameter", "if_active").text("found", *name),
                "It is hold, merge or error.");
}

// One held cart on its way to its new owner.
class Resumption {
  public:
    Resumption(const Writing& writing, const pg::Uuid& id, IfActive if_active)
        : writing_(writing), id_(id), if_active_(if_active), changes_(writing.call.memory()) {}

    store::Cart run() {
        // Each turn finds the owner's active cart, or holds its place; else somebody was faster.
        constexpr int most_turns = 1000;
        for (int turn = 0; turn < most_turns; ++turn) {
            if (const auto active = store::carts::lock_active(writing_.owner)) {
                return store::carts::as_written(replace(*active));
            }
            if (const auto place = store::carts::create_active(writing_.owner, writing_.now)) {
                const store::Cart held = lock_held();
                store::carts::discard(*place);
                return store::carts::as_written(
                    store::carts::resume(held, writing_.owner, writing_.now));
            }
            pg::guarded([] { CHECK_FOR_INTERRUPTS(); });
        }
        store::carts::give_up();
    }

    [[nodiscard]] std::span<const core::LineChange> changes() const { return changes_; }

  private:
    // The held cart, locked: of two that try, the second finds it held no more.
    [[nodiscard]] store::Cart lock_held() const {
        const auto cart = store::carts::lock(writing_.owner.tenant, id_);
        if (!cart || cart->status != "held") {
            throw not_found("no such cart is held", id_);
        }
        check_etag(&*cart, writing_.once.if_match);
        return *cart;
    }

    store::Cart replace(const store::Cart& active) {
        const store::Cart held = lock_held();
        switch (if_active_) {
            case IfActive::error:
                pg::raise(ERRCODE_UNIQUE_VIOLATION, "there is another active cart",
                          Detail().text("cart_id", pg::to_string(active.id)).str());
            case IfActive::merge:
                return merge(active, held);
            case IfActive::hold:
                break;
        }
        (void)store::carts::hold(active, {}, end_of_hold({}, *writing_.rules, writing_.now),
                                 writing_.now);
        return store::carts::resume(held, writing_.owner, writing_.now);
    }

    store::Cart merge(const store::Cart& active, const store::Cart& held) {
        if (active.currency && held.currency && active.currency != held.currency) {
            throw Error(ErrorCode::currency_mismatch, "the carts are in different currencies",
                        Detail().text("expected", *held.currency).text("found", *active.currency));
        }
        std::pmr::vector<IncomingItem> items(writing_.call.memory());
        const auto lines = store::items::all(active, pg::Access::write, writing_.call.memory());
        for (const store::StoredLine& line : lines) {
            items.push_back(incoming(line));
        }
        store::carts::set_merged(active, held.id, writing_.now);
        const Taken target{.cart = store::carts::inherit(
                               store::carts::resume(held, writing_.owner, writing_.now), active),
                           .is_changed = true};
        const auto changes = bring_in(
            target, items, {.strategy = core::Strategy::sum, .on_limit = core::OnLimit::clamp},
            *writing_.rules, writing_.now, writing_.call.memory());
        changes_.assign(changes.begin(), changes.end());
        return target.cart;
    }

    const Writing& writing_;
    pg::Uuid id_;
    IfActive if_active_;
    std::pmr::vector<core::LineChange> changes_;
};

Datum resume(pg::Call& call) {
    const store::Store store;
    const Writing writing = api::writing(call, 2, 5);
    const auto id = call.uuid(0);
    if (!id) {
        throw Error(ErrorCode::invalid_parameter, "cart_id must not be NULL",
                    Detail().text("parameter", "cart_id"));
    }
    const auto named = call.text(1);
    const IfActive if_active = read_if_active(named);
    const Begun begun = claim(writing.owner, writing.once.idempotency_key,
                              Arguments("cart_resume").add(pg::to_string(*id)).add(named),
                              *writing.rules, writing.now);
    if (begun.made) {
        return replay(call, writing.owner, *begun.made);
    }
    Resumption resumption(writing, *id, if_active);
    const store::Cart cart = resumption.run();
    complete(writing.owner, begun, &cart);
    return answer(call, cart, resumption.changes());
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_hold) { return api::hold(call); }
CART_FUNCTION(cart_held) { return api::list_held(call); }
CART_FUNCTION(cart_resume) { return api::resume(call); }
