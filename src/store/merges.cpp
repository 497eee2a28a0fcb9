#include "store/merges.hpp"

#include "store/own_write.hpp"
#include "store/requests.hpp"

namespace cart::store::merges {

namespace {

pg::Statement insert_receipt(
    "INSERT INTO cart.merges (tenant_id, merge_id, source_cart_id, target_cart_id, target_version,"
    " user_id, till_id, session_hash, session_owner, strategy, lines, merged_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");

pg::Statement select_last(
    "SELECT source_cart_id, target_cart_id, target_version, strategy, lines FROM cart.merges"
    " WHERE tenant_id = $1 AND session_hash = $2 AND user_id = $3 AND till_id = $4"
    " ORDER BY merged_at DESC, merge_id DESC LIMIT 1");

}  // namespace

void record(const Owner& user, const SessionHash& session, const Receipt& receipt,
            const Circumstances& now) {
    const OwnWrite own;
    const Owner guest{.tenant = user.tenant, .user = {}, .session = session, .till = {}};
    (void)insert_receipt.run(
        {pg::argument(user.tenant), pg::argument(pg::make_uuid()),
         pg::argument(receipt.source_cart_id), pg::argument(receipt.target_cart_id),
         pg::argument(receipt.target_version), pg::argument(user.user), pg::argument(user.till),
         pg::argument(pg::Bytes(session)), pg::argument(pg::Bytes(requests::owner_hash(guest))),
         pg::argument(receipt.strategy), pg::argument(receipt.lines),
         pg::timestamp_argument(now.now)});
}

std::optional<Receipt> last(const Owner& user, const SessionHash& session) {
    const auto rows = select_last.run({pg::argument(user.tenant), pg::argument(pg::Bytes(session)),
                                       pg::argument(user.user), pg::argument(user.till)});
    if (rows.empty()) {
        return std::nullopt;
    }
    const pg::Row row = rows[0];
    return Receipt{.source_cart_id = row.uuid(1),
                   .target_cart_id = row.uuid(2),
                   .target_version = row.number(3),
                   .strategy = row.text(4),
                   .lines = row.jsonb(5)};
}

}  // namespace cart::store::merges
