#include "store/drafts.hpp"

#include "store/own_write.hpp"

namespace cart::store::drafts {

namespace {

pg::Statement write_draft(
    "INSERT INTO cart.drafts (tenant_id, cart_id, frozen, frozen_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (tenant_id, cart_id)"
    " DO UPDATE SET frozen = excluded.frozen, frozen_at = excluded.frozen_at");

pg::Statement find_draft("SELECT frozen FROM cart.drafts WHERE tenant_id = $1 AND cart_id = $2");

}  // namespace

void write(const Cart& cart, const Jsonb* frozen, const Circumstances& now) {
    const OwnWrite own;
    (void)write_draft.run({pg::argument(cart.tenant), pg::argument(cart.id), pg::argument(frozen),
                           pg::timestamp_argument(now.now)});
}

const Jsonb* find(const Cart& cart, pg::Access access) {
    const auto rows = find_draft.run({pg::argument(cart.tenant), pg::argument(cart.id)}, access);
    return rows.empty() ? nullptr : rows[0].jsonb(1);
}

}  // namespace cart::store::drafts
