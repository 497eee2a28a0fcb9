#include "api/reactivate.hpp"

#include "api/lines.hpp"
#include "api/named.hpp"
#include "pg/guard.hpp"
#include "store/owner_lock.hpp"

namespace cart::api {

using core::Detail;
using store::carts::Taken;

std::optional<store::Cart> Reactivation::run(const Lock& lock) {
    // Each turn finds the owner's active cart, or holds its place; else somebody was faster.
    constexpr int most_turns = 1000;
    store::lock_owner(owner_);
    for (int turn = 0; turn < most_turns; ++turn) {
        if (const auto active = store::carts::lock_active(owner_)) {
            const auto cart = lock();
            return cart ? std::optional(store::carts::as_written(replace(*active, *cart)))
                        : std::nullopt;
        }
        if (const auto place = store::carts::create_active(owner_, now_)) {
            const auto cart = lock();
            store::carts::discard(*place);
            return cart ? std::optional(
                              store::carts::as_written(store::carts::activate(*cart, owner_, now_)))
                        : std::nullopt;
        }
        pg::guarded([] { CHECK_FOR_INTERRUPTS(); });
    }
    store::carts::give_up();
}

store::Cart Reactivation::replace(const store::Cart& active, const store::Cart& cart) {
    switch (in_the_way_) {
        case InTheWay::error:
            pg::raise(ERRCODE_UNIQUE_VIOLATION, "there is another active cart",
                      Detail().text("cart_id", pg::to_string(active.id)).str());
        case InTheWay::merge:
        case InTheWay::merge_or_set_aside:
            return merge(active, cart);
        case InTheWay::hold:
            break;
    }
    (void)store::carts::hold(active, {}, end_after({}, rules_.hold_ttl, now_), now_);
    return store::carts::activate(cart, owner_, now_);
}

store::Cart Reactivation::merge(const store::Cart& active, const store::Cart& cart) {
    if (active.currency && cart.currency && active.currency != cart.currency) {
        if (in_the_way_ == InTheWay::merge_or_set_aside) {
            return set_aside(active, cart);
        }
        throw core::Error(
            core::ErrorCode::currency_mismatch, "the carts are in different currencies",
            Detail().text("expected", *cart.currency).text("found", *active.currency));
    }
    std::pmr::vector<IncomingItem> items(memory_);
    const auto lines = store::items::all(active, pg::Access::write, memory_);
    for (const store::StoredLine& line : lines) {
        items.push_back(incoming(line));
    }
    store::carts::set_merged(active, cart.id, now_);
    const Taken target{
        .cart = store::carts::inherit(store::carts::activate(cart, owner_, now_), active),
        .is_changed = true};
    const auto changes =
        bring_in(target, items, {.strategy = core::Strategy::sum, .on_limit = core::OnLimit::clamp},
                 rules_, now_, memory_);
    changes_.assign(changes.begin(), changes.end());
    return target.cart;
}

store::Cart Reactivation::set_aside(const store::Cart& active, const store::Cart& cart) {
    for (const store::StoredLine& line : store::items::all(active, pg::Access::write, memory_)) {
        changes_.push_back(core::dropped(line.key, line.product_id, line.quantity, line.unit_price,
                                         "currency_mismatch"));
    }
    store::carts::set_abandoned(active, now_);
    return store::carts::activate(cart, owner_, now_);
}

}  // namespace cart::api
