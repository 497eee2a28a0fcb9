#include "store/sweep.hpp"

#include <array>

#include "pg/spi.hpp"
#include "store/events.hpp"
#include "store/own_write.hpp"

namespace cart::store::sweep {

namespace {

// The conditions of the partial indexes that begin with carts_sweep.
#define GUESTS "status = 'active' AND user_id IS NULL"
#define USERS "status = 'active' AND user_id IS NOT NULL"
#define ENDED "status = ANY (ARRAY['merged', 'abandoned'])"

// When a link was done with.
#define DONE_AT "LEAST(expires_at, opened_at)"

// Hops from tenant to tenant, to the oldest row of each.
#define TENANTS(table, condition, moment)                                               \
    "WITH RECURSIVE t(tenant_id, oldest) AS ("                                          \
    "(SELECT tenant_id, " moment " FROM " table " WHERE tenant_id >= $1 AND " condition \
    " ORDER BY tenant_id, " moment                                                      \
    " LIMIT 1)"                                                                         \
    " UNION ALL SELECT n.tenant_id, n.oldest FROM t CROSS JOIN LATERAL"                 \
    " (SELECT tenant_id, " moment " AS oldest FROM " table                              \
    " WHERE tenant_id > t.tenant_id AND " condition " ORDER BY tenant_id, " moment      \
    " LIMIT 1) n"                                                                       \
    ") SELECT tenant_id, oldest FROM t LIMIT $2"

pg::Statement tenants_of_guests(TENANTS("cart.carts", GUESTS, "sweep_from"));
pg::Statement tenants_of_users(TENANTS("cart.carts", USERS, "sweep_from"));
pg::Statement tenants_of_ended(TENANTS("cart.carts", ENDED, "sweep_from"));
pg::Statement tenants_of_links(TENANTS("cart.links", "true", DONE_AT));
pg::Statement tenants_of_requests(TENANTS("cart.requests", "true", "created_at"));

// The row that is looked at is the locked one: PostgreSQL checks the conditions on it again.
#define LOCK_OLD(condition, moment, strength)                             \
    "SELECT tenant_id, cart_id, sweep_from, " moment                      \
    " <= $2 FROM cart.carts"                                              \
    " WHERE tenant_id = $1 AND " condition                                \
    " AND sweep_from <= $2"                                               \
    " AND (sweep_from, cart_id) > ($3, $4) ORDER BY sweep_from, cart_id " \
    "LIMIT $5 FOR " strength " SKIP LOCKED"

pg::Statement lock_guests(LOCK_OLD(GUESTS, "last_accessed_at", "NO KEY UPDATE"));
pg::Statement lock_users(LOCK_OLD(USERS, "last_accessed_at", "NO KEY UPDATE"));
pg::Statement lock_ended(LOCK_OLD(ENDED, "updated_at", "UPDATE"));

#define EXPIRED(of_status)                                                                   \
    "SELECT tenant_id, cart_id, expires_at, true FROM cart.carts WHERE status = '" of_status \
    "' AND expires_at <= $1 AND (expires_at, tenant_id, cart_id) > ($2, $3, $4)"             \
    " ORDER BY expires_at, tenant_id, cart_id LIMIT $5"

pg::Statement lock_holds(EXPIRED("held") " FOR NO KEY UPDATE SKIP LOCKED");
pg::Statement find_checkouts(EXPIRED("checkout"));

// The carts that a batch names.
#define NAMED " unnest($1, $2) AS k(tenant_id, cart_id)"
#define IS_NAMED(cart_id) " WHERE c.tenant_id = k.tenant_id AND c." cart_id " = k.cart_id"

pg::Statement abandon_named(
    "UPDATE cart.carts c SET status = 'abandoned', version = version + 1, updated_at = $3,"
    " updated_by = $4, sweep_from = $3, expires_at = NULL FROM" NAMED IS_NAMED(
        "cart_id") " RETURNING c.tenant_id, c.cart_id, c.version");
pg::Statement move_up_active(
    "UPDATE cart.carts c SET sweep_from = last_accessed_at FROM" NAMED IS_NAMED("cart_id"));
pg::Statement move_up_ended(
    "UPDATE cart.carts c SET sweep_from = updated_at FROM" NAMED IS_NAMED("cart_id"));

pg::Statement delete_receipts("DELETE FROM cart.merges c USING" NAMED IS_NAMED("source_cart_id"));
pg::Statement delete_links("DELETE FROM cart.links c USING" NAMED IS_NAMED("cart_id"));
pg::Statement delete_carts("DELETE FROM cart.carts c USING" NAMED IS_NAMED("cart_id"));

#define DELETE_OLD(table, key, same_key, moment)                                       \
    "WITH old AS MATERIALIZED (SELECT " key ", " moment " AS moment FROM " table       \
    " WHERE tenant_id = $1 AND " moment " < $2 AND " moment " >= $3 ORDER BY " moment  \
    " LIMIT $4 FOR UPDATE SKIP LOCKED),"                                               \
    " gone AS (DELETE FROM " table " c USING old WHERE c.tenant_id = $1 AND " same_key \
    " RETURNING old.moment)"                                                           \
    " SELECT count(*), coalesce(max(moment), '-infinity') FROM gone"

pg::Statement delete_old_links(DELETE_OLD("cart.links", "link_hash", "c.link_hash = old.link_hash",
                                          DONE_AT));
pg::Statement delete_old_requests(
    DELETE_OLD("cart.requests", "owner_hash, key_hash",
               "c.owner_hash = old.owner_hash AND c.key_hash = old.key_hash", "created_at"));

pg::Statement& tenants_statement(Kind kind) {
    switch (kind) {
        case Kind::guests:
            return tenants_of_guests;
        case Kind::users:
            return tenants_of_users;
        case Kind::ended:
            return tenants_of_ended;
        case Kind::links:
            return tenants_of_links;
        case Kind::requests:
            break;
    }
    return tenants_of_requests;
}

pg::Statement& lock_statement(Kind kind) {
    return kind == Kind::guests ? lock_guests : kind == Kind::users ? lock_users : lock_ended;
}

Found found_in(const pg::Rows& rows) {
    Found found;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        found.last = {.time = row.time(3), .tenant = std::string(row.text(1)), .cart = row.uuid(2)};
        (row.boolean(4) ? found.ripe : found.early)
            .push_back({.tenant = found.last.tenant, .cart = found.last.cart});
    }
    return found;
}

// The carts as two arrays, for NAMED.
struct Names {
    explicit Names(const std::vector<Key>& carts) {
        tenants.reserve(carts.size());
        ids.reserve(carts.size());
        for (const Key& key : carts) {
            tenants.emplace_back(key.tenant);
            ids.push_back(key.cart);
        }
    }
    [[nodiscard]] pg::Argument tenant_argument() const {
        return pg::argument(std::optional(std::span<const std::string_view>(tenants)));
    }
    [[nodiscard]] pg::Argument id_argument() const {
        return pg::argument(std::span<const pg::Uuid>(ids));
    }

    std::vector<std::string_view> tenants;
    std::vector<pg::Uuid> ids;
};

std::int64_t run_on(pg::Statement& statement, const std::vector<Key>& carts) {
    if (carts.empty()) {
        return 0;
    }
    const OwnWrite own;
    const Names names(carts);
    return static_cast<std::int64_t>(
        statement.run({names.tenant_argument(), names.id_argument()}).affected());
}

}  // namespace

std::vector<TenantWork> tenants(Kind kind, std::string_view from, std::int64_t most) {
    const pg::Rows rows = tenants_statement(kind).run({pg::argument(from), pg::argument(most)});
    std::vector<TenantWork> found;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        found.push_back({.tenant = std::string(rows[i].text(1)), .oldest = rows[i].time(2)});
    }
    return found;
}

Found lock_old(Kind kind, std::string_view tenant, TimestampTz before, const Place& after,
               std::int64_t most) {
    return found_in(lock_statement(kind).run({pg::argument(tenant), pg::timestamp_argument(before),
                                              pg::timestamp_argument(after.time),
                                              pg::argument(after.cart), pg::argument(most)}));
}

Found lock_expired_holds(TimestampTz now, const Place& after, std::int64_t most) {
    return found_in(lock_holds.run({pg::timestamp_argument(now), pg::timestamp_argument(after.time),
                                    pg::argument(std::string_view(after.tenant)),
                                    pg::argument(after.cart), pg::argument(most)}));
}

Found find_expired_checkouts(TimestampTz now, const Place& after, std::int64_t most) {
    return found_in(
        find_checkouts.run({pg::timestamp_argument(now), pg::timestamp_argument(after.time),
                            pg::argument(std::string_view(after.tenant)), pg::argument(after.cart),
                            pg::argument(most)}));
}

std::int64_t abandon(const std::vector<Key>& carts, const Circumstances& now) {
    if (carts.empty()) {
        return 0;
    }
    const OwnWrite own;
    const Names names(carts);
    const pg::Rows rows =
        abandon_named.run({names.tenant_argument(), names.id_argument(),
                           pg::timestamp_argument(now.now), pg::argument(now.actor)});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        events::note(events::Kind::abandoned, rows[i].text(1), rows[i].uuid(2), rows[i].number(3));
    }
    return static_cast<std::int64_t>(rows.affected());
}

std::int64_t purge(const std::vector<Key>& carts) {
    run_on(delete_receipts, carts);
    run_on(delete_links, carts);
    return run_on(delete_carts, carts);  // and their lines, by the foreign key
}

std::int64_t move_up(Kind kind, const std::vector<Key>& carts) {
    return run_on(kind == Kind::ended ? move_up_ended : move_up_active, carts);
}

Deleted delete_old(Kind kind, std::string_view tenant, TimestampTz before, TimestampTz from,
                   std::int64_t most) {
    const OwnWrite own;
    pg::Statement& statement = kind == Kind::links ? delete_old_links : delete_old_requests;
    const pg::Rows rows = statement.run({pg::argument(tenant), pg::timestamp_argument(before),
                                         pg::timestamp_argument(from), pg::argument(most)});
    return {.rows = rows[0].number(1), .last = rows[0].time(2)};
}

}  // namespace cart::store::sweep
