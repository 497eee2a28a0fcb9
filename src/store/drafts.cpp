#include "store/drafts.hpp"

#include "pg/guard.hpp"
#include "pg/keyed.hpp"
#include "store/own_write.hpp"

namespace cart::store::drafts {

namespace {

using pg::Assignment;
using pg::KeyedPlan;
using pg::KeyedStatement;

constexpr KeyedPlan of_cart{.kind = KeyedPlan::Kind::select,
                            .schema = "cart",
                            .table = "drafts",
                            .index = "drafts_pkey",
                            .keys = "tenant_id, cart_id",
                            .columns = "frozen"};
KeyedStatement find_draft(of_cart);
KeyedStatement insert_draft(adding(returning(of_cart, ""),
                                   "tenant_id, cart_id, frozen, frozen_at"));

constexpr auto anew =
    std::to_array<Assignment>({pg::to_argument("frozen", 3), pg::to_argument("frozen_at", 4)});
KeyedStatement update_draft(updating(returning(of_cart, ""), anew));

}  // namespace

void write(const Cart& cart, const Jsonb* frozen, const Circumstances& now) {
    const OwnWrite own;
    const auto arguments = {pg::argument(cart.tenant), pg::argument(cart.id), pg::argument(frozen),
                            pg::timestamp_argument(now.now)};
    // Nobody else makes one meanwhile: the cart is locked.
    if (insert_draft.run(arguments).affected() == 0 &&
        update_draft.run(arguments).affected() == 0) {
        pg::raise(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION, "a draft could not be written", {},
                  "Is there a trigger on cart.drafts that suppresses changes?");
    }
}

const Jsonb* find(const Cart& cart, pg::Access access) {
    const auto rows = find_draft.run({pg::argument(cart.tenant), pg::argument(cart.id)}, access);
    return rows.empty() ? nullptr : rows[0].jsonb(1);
}

}  // namespace cart::store::drafts
