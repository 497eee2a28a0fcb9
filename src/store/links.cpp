#include "store/links.hpp"

#include "store/own_write.hpp"

namespace cart::store::links {

namespace {

#define LINK_COLUMNS "cart_id, expires_at, opened_at, report"

pg::Statement insert_link(
    "INSERT INTO cart.links (tenant_id, link_hash, cart_id, expires_at, created_by, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6)");

pg::Statement find_link("SELECT " LINK_COLUMNS
                        " FROM cart.links WHERE tenant_id = $1 AND link_hash = $2");

pg::Statement lock_link("SELECT " LINK_COLUMNS
                        " FROM cart.links WHERE tenant_id = $1 AND link_hash = $2"
                        " FOR NO KEY UPDATE");

pg::Statement open_link(
    "UPDATE cart.links SET opened_at = $3, report = $4 WHERE tenant_id = $1 AND link_hash = $2");

std::optional<Link> link_from(const pg::Rows& rows) {
    if (rows.empty()) {
        return std::nullopt;
    }
    const pg::Row row = rows[0];
    return Link{.cart_id = row.uuid(1),
                .expires_at = row.time(2),
                .opened_at = row.optional_time(3),
                .report = row.jsonb(4)};
}

}  // namespace

void create(std::string_view tenant, const LinkHash& hash, const pg::Uuid& cart,
            TimestampTz expires_at, const Circumstances& now) {
    const OwnWrite own;
    (void)insert_link.run({pg::argument(tenant), pg::argument(pg::Bytes(hash)), pg::argument(cart),
                           pg::timestamp_argument(expires_at), pg::argument(now.actor),
                           pg::timestamp_argument(now.now)});
}

std::optional<Link> find(std::string_view tenant, const LinkHash& hash) {
    return link_from(find_link.run({pg::argument(tenant), pg::argument(pg::Bytes(hash))}));
}

std::optional<Link> lock(std::string_view tenant, const LinkHash& hash) {
    return link_from(lock_link.run({pg::argument(tenant), pg::argument(pg::Bytes(hash))}));
}

void set_opened(std::string_view tenant, const LinkHash& hash, const Jsonb* report,
                const Circumstances& now) {
    const OwnWrite own;
    (void)open_link.run({pg::argument(tenant), pg::argument(pg::Bytes(hash)),
                         pg::timestamp_argument(now.now), pg::argument(report)});
}

}  // namespace cart::store::links
