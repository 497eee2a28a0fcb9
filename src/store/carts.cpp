#include "store/carts.hpp"

#include <algorithm>
#include <vector>

#include "pg/guard.hpp"
#include "store/own_write.hpp"

namespace cart::store {

namespace {

#define CART_COLUMNS                                                                           \
    "cart_id, tenant_id, user_id, session_hash, till_id, status, version, currency, "          \
    "location_id, label, order_ref, discount, metadata, merged_into, created_at, updated_at, " \
    "last_accessed_at, expires_at"

// The conditions by which the partial unique indexes find an owner's active cart.
#define ACTIVE_OF_USER "tenant_id = $1 AND user_id = $2 AND till_id = $3 AND status = 'active'"
#define ACTIVE_OF_SESSION "tenant_id = $1 AND session_hash = $2 AND status = 'active'"

std::optional<SessionHash> session_hash(const pg::Row& row, int column) {
    const auto bytes = row.optional_bytes(column);
    if (!bytes) {
        return std::nullopt;
    }
    SessionHash hash{};
    std::copy_n(bytes->begin(), std::min(bytes->size(), hash.size()), hash.begin());
    return hash;
}

Cart cart_from(const pg::Row& row) {
    return {.id = row.uuid(1),
            .tenant = row.text(2),
            .user = row.optional_text(3),
            .session = session_hash(row, 4),
            .till = row.text(5),
            .status = row.text(6),
            .version = row.number(7),
            .currency = row.optional_text(8),
            .location = row.optional_text(9),
            .label = row.optional_text(10),
            .order_ref = row.optional_text(11),
            .discount = row.jsonb(12),
            .metadata = row.jsonb(13),
            .merged_into = row.optional_uuid(14),
            .created_at = row.time(15),
            .updated_at = row.time(16),
            .last_accessed_at = row.time(17),
            .expires_at = row.optional_time(18)};
}

std::optional<Cart> first_of(const pg::Rows& rows) {
    return rows.empty() ? std::nullopt : std::optional(cart_from(rows[0]));
}

// The row that a statement must have written.
Cart the_one_of(const pg::Rows& rows) {
    if (rows.empty()) {
        pg::raise(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION, "a cart could not be written", {},
                  "Is there a trigger on cart.carts that suppresses changes?");
    }
    return cart_from(rows[0]);
}

std::optional<pg::Bytes> bytes_of(const std::optional<SessionHash>& hash) {
    return hash ? std::optional<pg::Bytes>(*hash) : std::nullopt;
}

pg::Statement find_of_user("SELECT " CART_COLUMNS " FROM cart.carts WHERE " ACTIVE_OF_USER);
pg::Statement find_of_session("SELECT " CART_COLUMNS " FROM cart.carts WHERE " ACTIVE_OF_SESSION);
pg::Statement find_by_id("SELECT " CART_COLUMNS
                         " FROM cart.carts WHERE tenant_id = $1 AND cart_id = $2");

pg::Statement lock_of_user("SELECT " CART_COLUMNS " FROM cart.carts WHERE " ACTIVE_OF_USER
                           " FOR NO KEY UPDATE");
pg::Statement lock_of_session("SELECT " CART_COLUMNS " FROM cart.carts WHERE " ACTIVE_OF_SESSION
                              " FOR NO KEY UPDATE");
pg::Statement lock_by_id("SELECT " CART_COLUMNS
                         " FROM cart.carts WHERE tenant_id = $1 AND cart_id = $2"
                         " FOR NO KEY UPDATE");

#define RAISE_VERSION(now, location, actor)                                \
    "version = version + 1, updated_at = " now ", last_accessed_at = " now \
    ", location_id = coalesce(" location ", location_id), updated_by = " actor

pg::Statement change_of_user("UPDATE cart.carts SET " RAISE_VERSION(
    "$4", "$5", "$6") " WHERE " ACTIVE_OF_USER " RETURNING " CART_COLUMNS);
pg::Statement change_of_session("UPDATE cart.carts SET " RAISE_VERSION(
    "$3", "$4", "$5") " WHERE " ACTIVE_OF_SESSION " RETURNING " CART_COLUMNS);
pg::Statement change_by_id("UPDATE cart.carts SET " RAISE_VERSION(
    "$3", "$4", "$5") " WHERE tenant_id = $1 AND cart_id = $2 RETURNING " CART_COLUMNS);

// No conflict target: either of the partial unique indexes may say that there is one already.
pg::Statement insert_active(
    "INSERT INTO cart.carts (tenant_id, cart_id, user_id, session_hash, till_id, status, version,"
    " location_id, metadata, created_by, updated_by, created_at, updated_at, last_accessed_at,"
    " sweep_from)"
    " VALUES ($1, $2, $3, $4, $5, 'active', 1, $6, '{}', $7, $7, $8, $8, $8, $8)"
    " ON CONFLICT DO NOTHING RETURNING " CART_COLUMNS);

pg::Statement delete_by_id("DELETE FROM cart.carts WHERE tenant_id = $1 AND cart_id = $2");

pg::Statement adopt_by_id(
    "UPDATE cart.carts SET user_id = $6, till_id = $7, session_hash = NULL, " RAISE_VERSION(
        "$3", "$4", "$5") " WHERE tenant_id = $1 AND cart_id = $2 RETURNING " CART_COLUMNS);

pg::Statement merge_by_id(
    "UPDATE cart.carts SET status = 'merged', merged_into = $6, " RAISE_VERSION(
        "$3", "$4", "$5") " WHERE tenant_id = $1 AND cart_id = $2");

pg::Statement inherit_by_id(
    "UPDATE cart.carts SET discount = coalesce(discount, $3), metadata = $4 || metadata,"
    " currency = coalesce(currency, $5) WHERE tenant_id = $1 AND cart_id = $2 "
    "RETURNING " CART_COLUMNS);

pg::Argument by(const Circumstances& now) { return pg::argument(now.actor); }
pg::Argument at(const Circumstances& now) { return pg::argument(now.location); }
pg::Argument when(const Circumstances& now) { return pg::timestamp_argument(now.now); }

std::optional<Cart> lock_active(const Owner& owner) {
    if (owner.is_user()) {
        return first_of(lock_of_user.run(
            {pg::argument(owner.tenant), pg::argument(*owner.user), pg::argument(owner.till)}));
    }
    return first_of(lock_of_session.run(
        {pg::argument(owner.tenant), pg::argument(pg::Bytes(owner.session.value()))}));
}

std::optional<Cart> change_active(const Owner& owner, const Circumstances& now) {
    const OwnWrite own;
    if (owner.is_user()) {
        return first_of(
            change_of_user.run({pg::argument(owner.tenant), pg::argument(*owner.user),
                                pg::argument(owner.till), when(now), at(now), by(now)}));
    }
    return first_of(change_of_session.run({pg::argument(owner.tenant),
                                           pg::argument(pg::Bytes(owner.session.value())),
                                           when(now), at(now), by(now)}));
}

}  // namespace

namespace carts {

std::optional<Cart> find_active(const Owner& owner, pg::Access access) {
    if (owner.is_user()) {
        return first_of(find_of_user.run(
            {pg::argument(owner.tenant), pg::argument(*owner.user), pg::argument(owner.till)},
            access));
    }
    return first_of(find_of_session.run(
        {pg::argument(owner.tenant), pg::argument(pg::Bytes(owner.session.value()))}, access));
}

std::optional<Cart> find(std::string_view tenant, const pg::Uuid& id, pg::Access access) {
    return first_of(find_by_id.run({pg::argument(tenant), pg::argument(id)}, access));
}

std::optional<Cart> create_active(const Owner& owner, const Circumstances& now) {
    const OwnWrite own;
    const auto session = owner.is_user() ? std::nullopt : bytes_of(owner.session);
    return first_of(insert_active.run({pg::argument(owner.tenant), pg::argument(pg::make_uuid()),
                                       pg::argument(owner.user), pg::argument(session),
                                       pg::argument(owner.till), at(now), by(now), when(now)}));
}

void give_up() {
    pg::raise(ERRCODE_T_R_SERIALIZATION_FAILURE, "could not take the active cart", {},
              "Is there a trigger on cart.carts that suppresses new rows?");
}

Taken take_active(const Owner& owner, Take take, const Circumstances& now) {
    // Each turn either finds the cart, or makes it, or has waited for somebody who did so first.
    // Only a trigger of the application's that swallows the new row could make this go on.
    constexpr int most_turns = 1000;
    for (int turn = 0; turn < most_turns; ++turn) {
        auto cart = take == Take::change ? change_active(owner, now) : lock_active(owner);
        if (cart) {
            return {.cart = *cart, .is_new = false, .is_changed = take == Take::change};
        }
        if (auto created = create_active(owner, now)) {
            return {.cart = *created, .is_new = true, .is_changed = true};
        }
        pg::guarded([] { CHECK_FOR_INTERRUPTS(); });
    }
    give_up();
}

std::vector<Cart> lock(std::string_view tenant, std::span<const pg::Uuid> ids) {
    // One by one: a list of ids, planned while the table is small, would go on scanning a tenant.
    std::vector<Cart> carts;
    carts.reserve(ids.size());
    for (const pg::Uuid& id : ids) {
        if (const auto cart = first_of(lock_by_id.run({pg::argument(tenant), pg::argument(id)}))) {
            carts.push_back(*cart);
        }
    }
    return carts;
}

Cart change(const Cart& cart, const Circumstances& now) {
    const OwnWrite own;
    return the_one_of(change_by_id.run(
        {pg::argument(cart.tenant), pg::argument(cart.id), when(now), at(now), by(now)}));
}

void discard(const Cart& cart) {
    const OwnWrite own;
    (void)delete_by_id.run({pg::argument(cart.tenant), pg::argument(cart.id)});
}

Cart adopt(const Cart& cart, const Owner& user, const Circumstances& now) {
    const OwnWrite own;
    return the_one_of(
        adopt_by_id.run({pg::argument(cart.tenant), pg::argument(cart.id), when(now), at(now),
                         by(now), pg::argument(user.user), pg::argument(user.till)}));
}

void set_merged(const Cart& cart, const pg::Uuid& target, const Circumstances& now) {
    const OwnWrite own;
    (void)merge_by_id.run({pg::argument(cart.tenant), pg::argument(cart.id), when(now), at(now),
                           by(now), pg::argument(target)});
}

Cart inherit(const Cart& target, const Cart& source) {
    const OwnWrite own;
    return the_one_of(inherit_by_id.run(
        {pg::argument(target.tenant), pg::argument(target.id), pg::argument(source.discount),
         pg::argument(source.metadata), pg::argument(source.currency)}));
}

}  // namespace carts

}  // namespace cart::store
