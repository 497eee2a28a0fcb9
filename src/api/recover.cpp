#include "api/recover.hpp"

#include <memory_resource>

#include "api/answer.hpp"
#include "api/named.hpp"
#include "api/once.hpp"
#include "api/reactivate.hpp"
#include "store/store.hpp"

namespace cart::api {

Datum bring_back(pg::Call& call, const BringingBack& how) {
    const store::Store store;
    const NamedCall named = named_call(Caller(call), call, 1, 4);
    const Begun begun =
        claim(named.owner, named.once.idempotency_key,
              Arguments(how.operation, named.once).add(pg::to_string(named.found.id)), *named.rules,
              named.now);
    if (begun.made) {
        return replay(call, named.owner, *begun.made);
    }
    if (named.found.status != how.from) {
        // As it was found: by the time that it is locked it may have the status after all.
        check_etag(&named.found, named.once.if_match);
        throw wrong_status(how.refusal, named.found);
    }
    Reactivation reactivation(named.owner, InTheWay::merge_or_set_aside, *named.rules, named.now,
                              call.memory());
    const auto cart = reactivation.run([&] {
        // Looked at before it is locked: whoever has it by now may be waiting for us.
        const auto seen = store::carts::find_again(named.found, pg::Access::write);
        if (seen && (seen->status != how.from || !belongs_to(*seen, named.owner))) {
            throw wrong_status(how.refusal, *seen);
        }
        const store::Cart locked = named.lock();
        if (locked.status != how.from || !belongs_to(locked, named.owner)) {
            throw wrong_status(how.refusal, locked);
        }
        return std::optional(locked);
    });
    complete(named.owner, begun, &cart.value());
    return answer(call, *cart, reactivation.changes());
}

bool return_expired_checkout(std::string_view tenant, const pg::Uuid& id,
                             const store::Circumstances& now) {
    std::pmr::memory_resource* memory = std::pmr::get_default_resource();
    const auto is_expired = [&](const std::optional<store::Cart>& cart) {
        return cart && cart->status == "checkout" && cart->expires_at &&
               *cart->expires_at <= now.now;
    };
    const auto found = store::carts::find(tenant, id, pg::Access::write);
    if (!is_expired(found)) {
        return false;
    }
    const store::Owner owner = owner_of_cart(*found);
    const auto rules = store::rules_of(tenant, memory);
    Reactivation reactivation(owner, InTheWay::merge_or_set_aside, *rules, now, memory);
    return reactivation
        .run([&] {
            auto cart = store::carts::lock_again(*found);
            return is_expired(cart) && belongs_to(*cart, owner) ? cart : std::nullopt;
        })
        .has_value();
}

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_restore) {
    return api::bring_back(call, {.operation = "cart_restore",
                                  .from = "abandoned",
                                  .refusal = "only an abandoned cart can be restored"});
}
