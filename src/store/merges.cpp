#include "store/merges.hpp"

#include <algorithm>
#include <tuple>

#include "pg/keyed.hpp"
#include "store/own_write.hpp"
#include "store/requests.hpp"

namespace cart::store::merges {

namespace {

#define RECEIPT_COLUMNS \
    "source_cart_id, target_cart_id, target_version, strategy, lines, undo, session_hash"

constexpr pg::KeyedPlan new_receipt{
    .kind = pg::KeyedPlan::Kind::insert,
    .schema = "cart",
    .table = "merges",
    .given =
        "tenant_id, merge_id, source_cart_id, target_cart_id, target_version, user_id, "
        "till_id, session_hash, session_owner, strategy, lines, undo, merged_at"};
pg::KeyedStatement insert_receipt(new_receipt);

constexpr pg::KeyedPlan of_session{
    .kind = pg::KeyedPlan::Kind::select,
    .schema = "cart",
    .table = "merges",
    .index = "merges_session",
    .keys = "tenant_id, session_hash",
    .columns = RECEIPT_COLUMNS ", user_id, till_id, merged_at, merge_id"};
pg::KeyedStatement select_of_session(of_session);

pg::Statement select_made("SELECT " RECEIPT_COLUMNS
                          " FROM cart.merges WHERE tenant_id = $1 AND user_id = $2"
                          " AND till_id = $3 AND target_cart_id = $4 AND target_version = $5");

pg::Statement select_of_source("SELECT " RECEIPT_COLUMNS
                               " FROM cart.merges WHERE tenant_id = $1 AND source_cart_id = $2"
                               " ORDER BY merged_at DESC, merge_id DESC LIMIT 1");

pg::Statement delete_of_source(
    "DELETE FROM cart.merges WHERE tenant_id = $1 AND source_cart_id = $2");

Receipt receipt_from(const pg::Row& row) {
    Receipt receipt{.source_cart_id = row.uuid(1),
                    .target_cart_id = row.uuid(2),
                    .target_version = row.number(3),
                    .strategy = row.text(4),
                    .lines = row.jsonb(5),
                    .undo = row.jsonb(6),
                    .session = {}};
    const pg::Bytes session = row.optional_bytes(7).value_or(pg::Bytes());
    std::copy_n(session.begin(), std::min(session.size(), receipt.session.size()),
                receipt.session.begin());
    return receipt;
}

std::optional<Receipt> first_of(const pg::Rows& rows) {
    return rows.empty() ? std::nullopt : std::optional(receipt_from(rows[0]));
}

}  // namespace

void record(const Owner& user, const Receipt& receipt, const Circumstances& now) {
    const OwnWrite own;
    const Owner guest{.tenant = user.tenant, .user = {}, .session = receipt.session, .till = {}};
    (void)insert_receipt.run(
        {pg::argument(user.tenant), pg::argument(pg::make_uuid()),
         pg::argument(receipt.source_cart_id), pg::argument(receipt.target_cart_id),
         pg::argument(receipt.target_version), pg::argument(user.user), pg::argument(user.till),
         pg::argument(pg::Bytes(receipt.session)),
         pg::argument(pg::Bytes(requests::owner_hash(guest))), pg::argument(receipt.strategy),
         pg::argument(receipt.lines), pg::argument(receipt.undo), pg::timestamp_argument(now.now)});
}

std::optional<Receipt> last(const Owner& user, const SessionHash& session) {
    const auto rows =
        select_of_session.run({pg::argument(user.tenant), pg::argument(pg::Bytes(session))});
    std::optional<pg::Row> last;
    const auto is_later = [&](const pg::Row& row) {
        return !last ||
               std::tuple(row.time(10), row.uuid(11)) > std::tuple(last->time(10), last->uuid(11));
    };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        if (row.text(8) == user.user && row.text(9) == user.till && is_later(row)) {
            last = row;
        }
    }
    return last ? std::optional(receipt_from(*last)) : std::nullopt;
}

std::optional<Receipt> made(const Owner& user, const pg::Uuid& target,
                            std::int64_t target_version) {
    return first_of(select_made.run({pg::argument(user.tenant), pg::argument(user.user),
                                     pg::argument(user.till), pg::argument(target),
                                     pg::argument(target_version)}));
}

std::optional<Receipt> of_source(std::string_view tenant, const pg::Uuid& source) {
    return first_of(select_of_source.run({pg::argument(tenant), pg::argument(source)}));
}

void forget(std::string_view tenant, const pg::Uuid& source) {
    const OwnWrite own;
    (void)delete_of_source.run({pg::argument(tenant), pg::argument(source)});
}

}  // namespace cart::store::merges
