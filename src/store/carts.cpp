#include "store/carts.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "pg/guard.hpp"
#include "pg/jsonb.hpp"
#include "pg/keyed.hpp"
#include "store/events.hpp"
#include "store/layout.hpp"
#include "store/owner_lock.hpp"
#include "store/own_write.hpp"

namespace cart::store {

namespace {

#define CART_COLUMNS                                                                           \
    "cart_id, tenant_id, user_id, session_hash, till_id, status, version, currency, "          \
    "location_id, label, order_ref, discount, metadata, merged_into, created_at, updated_at, " \
    "last_accessed_at, expires_at"

#define OF_USER "tenant_id = $1 AND user_id = $2 AND till_id = $3"
#define OF_SESSION "tenant_id = $1 AND session_hash = $2"
// The conditions by which the partial unique indexes find an owner's active cart.
#define ACTIVE_OF_USER OF_USER " AND status = 'active'"
#define ACTIVE_OF_SESSION OF_SESSION " AND status = 'active'"

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
            .expires_at = row.optional_time(18),
            .place = row.place()};
}

std::optional<Cart> first_of(const pg::Rows& rows) {
    return rows.empty() ? std::nullopt : std::optional(cart_from(rows[0]));
}

std::vector<Cart> all_of(const pg::Rows& rows) {
    std::vector<Cart> carts;
    carts.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        carts.push_back(cart_from(rows[i]));
    }
    return carts;
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

using pg::Assignment;
using pg::KeyedPlan;
using pg::KeyedStatement;
using pg::locking;
using pg::to_argument;
using pg::updating;
using Kind = KeyedPlan::Kind;

// What makes a cart active relies on both.
#define ONE_ACTIVE "carts_active_user, carts_active_session"

// The ways to a cart: by the partial unique indexes, and by its id.
constexpr KeyedPlan by_user{.kind = Kind::select,
                            .schema = "cart",
                            .table = "carts",
                            .index = "carts_active_user",
                            .keys = "tenant_id, user_id, till_id",
                            .status = "active",
                            .columns = CART_COLUMNS};
constexpr KeyedPlan by_session{.kind = Kind::select,
                               .schema = "cart",
                               .table = "carts",
                               .index = "carts_active_session",
                               .keys = "tenant_id, session_hash",
                               .status = "active",
                               .columns = CART_COLUMNS};
constexpr KeyedPlan by_id{.kind = Kind::select,
                          .schema = "cart",
                          .table = "carts",
                          .index = "carts_pkey",
                          .keys = "tenant_id, cart_id",
                          .columns = CART_COLUMNS};

constexpr KeyedPlan by_order_ref{.kind = Kind::select,
                                 .schema = "cart",
                                 .table = "carts",
                                 .index = "carts_order_ref",
                                 .keys = "tenant_id, order_ref",
                                 .status = "checkout",
                                 .other_status = "ordered",
                                 .columns = CART_COLUMNS};

KeyedStatement find_of_user(by_user);
KeyedStatement find_of_session(by_session);
KeyedStatement find_by_id(by_id);
KeyedStatement find_by_order_ref(by_order_ref);
KeyedStatement lock_of_user(locking(by_user));
KeyedStatement lock_of_session(locking(by_session));
KeyedStatement lock_by_id(locking(by_id));

// What every change of a cart sets: its arguments are those after the keys, in this order.
template <typename... More>
constexpr auto raising_version(int keys, More... more) {
    using enum Assignment::Kind;
    return std::to_array<Assignment>(
        {{.column = "version", .kind = increment},
         {.column = "updated_at", .kind = argument, .argument = keys + 1},
         {.column = "last_accessed_at", .kind = argument, .argument = keys + 1},
         {.column = "location_id", .kind = argument_or_old, .argument = keys + 2},
         {.column = "updated_by", .kind = argument, .argument = keys + 3},
         more...});
}
constexpr Assignment to_status(const char* status) {
    return {.column = "status", .kind = Assignment::Kind::constant, .constant = status};
}
constexpr Assignment to_argument_or_old(const char* column, int argument) {
    return {.column = column, .kind = Assignment::Kind::argument_or_old, .argument = argument};
}
constexpr Assignment to_later(const char* column, int argument) {
    return {.column = column, .kind = Assignment::Kind::later, .argument = argument};
}
constexpr Assignment to_null(const char* column) {
    return {.column = column, .kind = Assignment::Kind::null};
}

constexpr auto change_of_three = raising_version(3);
constexpr auto change_of_two = raising_version(2);
KeyedStatement change_of_user(updating(by_user, change_of_three));
KeyedStatement change_of_session(updating(by_session, change_of_two));
KeyedStatement change_by_id(updating(by_id, change_of_two));

constexpr KeyedPlan active_by_id = [] {
    KeyedPlan plan = by_id;
    plan.status = "active";
    return plan;
}();
constexpr auto use = std::to_array<Assignment>({to_later("last_accessed_at", 3)});
KeyedStatement touch_active(updating(returning(active_by_id, ""), use));

constexpr auto merging = raising_version(2, to_status("merged"), to_argument("merged_into", 6));
KeyedStatement merge_by_id(updating(by_id, merging));

constexpr auto abandoning = raising_version(2, to_status("abandoned"));
KeyedStatement abandon_by_id(updating(by_id, abandoning));

constexpr auto holding = raising_version(2, to_status("held"), to_argument_or_old("label", 6),
                                         to_argument("expires_at", 7));
KeyedStatement hold_by_id(updating(by_id, holding));

constexpr auto checking_out = raising_version(
    2, to_status("checkout"), to_argument_or_old("order_ref", 6), to_argument("expires_at", 7));
KeyedStatement check_out_by_id(updating(by_id, checking_out));

constexpr auto ordering =
    raising_version(2, to_status("ordered"), to_argument_or_old("order_ref", 6),
                    to_null("expires_at"), to_argument("discount", 7), to_argument("currency", 8));
KeyedStatement order_by_id(updating(by_id, ordering));

constexpr auto activating =
    raising_version(2, to_status("active"), to_null("expires_at"), to_argument("user_id", 6),
                    to_argument("till_id", 7), to_argument("session_hash", 8));
KeyedStatement activate_by_id(relying_on(ONE_ACTIVE, updating(by_id, activating)));

constexpr auto giving_back = raising_version(
    2, to_status("active"), to_null("merged_into"), to_null("user_id"),
    Assignment{.column = "till_id", .kind = Assignment::Kind::constant, .constant = ""},
    to_argument("session_hash", 6));
KeyedStatement give_back_by_id(relying_on(ONE_ACTIVE, updating(by_id, giving_back)));

constexpr auto description =
    std::to_array<Assignment>({to_argument("currency", 3), to_argument("label", 4),
                               to_argument("discount", 5), to_argument("metadata", 6)});
KeyedStatement describe_by_id(updating(by_id, description));

// Either of the partial unique indexes may say that there is one already.
constexpr KeyedPlan new_cart{
    .kind = Kind::insert,
    .schema = "cart",
    .table = "carts",
    .columns = CART_COLUMNS,
    .given =
        "tenant_id, cart_id, user_id, session_hash, till_id, status, version, currency, "
        "location_id, metadata, created_by, updated_by, created_at, updated_at, "
        "last_accessed_at, sweep_from",
    .unless_there = true,
    .relies_on = ONE_ACTIVE};
KeyedStatement insert_cart(new_cart);
KeyedStatement delete_new_cart(removing_new(by_id));

// The rest is SQL: what is rarer, or does more than a row found by its key.

pg::Statement inherit_by_id(
    "UPDATE cart.carts SET discount = coalesce(discount, $3), metadata = $4 || metadata,"
    " currency = coalesce(currency, $5) WHERE tenant_id = $1 AND cart_id = $2 "
    "RETURNING " CART_COLUMNS);

pg::Statement list_held("SELECT " CART_COLUMNS
                        " FROM cart.carts WHERE tenant_id = $1"
                        " AND status = 'held' AND ($2 IS NULL OR location_id = $2)"
                        " ORDER BY updated_at, cart_id");

#define NEWEST_FIRST " ORDER BY created_at DESC, cart_id DESC"
pg::Statement list_of_user("SELECT " CART_COLUMNS " FROM cart.carts WHERE " OF_USER
                           " AND ($4 IS NULL OR status = ANY ($4))" NEWEST_FIRST);
pg::Statement list_of_session("SELECT " CART_COLUMNS " FROM cart.carts WHERE " OF_SESSION
                              " AND ($3 IS NULL OR status = ANY ($3))" NEWEST_FIRST);

// Locked in the order of their ids, as all who lock several carts of one owner do.
pg::Statement lock_all_of_user("SELECT " CART_COLUMNS " FROM cart.carts WHERE " ACTIVE_OF_USER
                               " ORDER BY cart_id FOR NO KEY UPDATE");
pg::Statement lock_all_of_session("SELECT " CART_COLUMNS " FROM cart.carts WHERE " ACTIVE_OF_SESSION
                                  " ORDER BY cart_id FOR NO KEY UPDATE");

// A guest's cart that has gone into a person's is that person's, too. Another user's is not.
#define OF_PERSON(condition)                                                                    \
    "WITH RECURSIVE own AS (SELECT cart_id FROM cart.carts WHERE tenant_id = $1 AND " condition \
    " UNION SELECT c.cart_id FROM own JOIN cart.carts c"                                        \
    " ON c.tenant_id = $1 AND c.merged_into = own.cart_id AND c.user_id IS NULL)"               \
    " SELECT " CART_COLUMNS                                                                     \
    " FROM cart.carts"                                                                          \
    " WHERE tenant_id = $1 AND cart_id IN (SELECT cart_id FROM own)"
#define OLDEST_FIRST " ORDER BY created_at, cart_id"
#define ACTIVE_FIRST                                                                         \
    " ORDER BY status <> 'active', user_id IS NULL, user_id, till_id, session_hash, cart_id" \
    " FOR NO KEY UPDATE OF carts"
pg::Statement all_of_user(OF_PERSON("user_id = $2") OLDEST_FIRST);
pg::Statement all_of_session(OF_PERSON("session_hash = $2") OLDEST_FIRST);
pg::Statement lock_person_of_user(OF_PERSON("user_id = $2") ACTIVE_FIRST);
pg::Statement lock_person_of_session(OF_PERSON("session_hash = $2") ACTIVE_FIRST);

// The lines first: deleted by the foreign key, each would be looked at by the rules.
pg::Statement delete_lines("DELETE FROM cart.items WHERE tenant_id = $1 AND cart_id = ANY ($2)");
pg::Statement delete_carts("DELETE FROM cart.carts WHERE tenant_id = $1 AND cart_id = ANY ($2)");

pg::Statement anonymize_by_id(
    "UPDATE cart.carts SET user_id = NULL, session_hash = NULL, till_id = '',"
    " created_by = nullif(created_by, user_id), updated_by = nullif(updated_by, user_id),"
    " version = version + 1 WHERE tenant_id = $1 AND cart_id = $2");

// A cart has been written: tells those who follow carts.
Cart noted(events::Kind kind, const Cart& cart) {
    events::note(kind, cart.tenant, cart.id, cart.version);
    return cart;
}

std::optional<Cart> noted(const std::optional<Cart>& cart) {
    return cart ? std::optional(noted(events::Kind::changed, *cart)) : std::nullopt;
}

// The same for a statement of which the row is not wanted; nothing, where none was written.
void note(events::Kind kind, const Cart& cart, const pg::Rows& rows) {
    if (const auto written = first_of(rows)) {
        events::note(kind, cart.tenant, cart.id, written->version);
    }
}

pg::Argument by(const Circumstances& now) { return pg::argument(now.actor); }
pg::Argument at(const Circumstances& now) { return pg::argument(now.location); }
pg::Argument when(const Circumstances& now) { return pg::timestamp_argument(now.now); }

const Jsonb* no_metadata() {
    pg::JsonbBuilder object;
    object.begin_object().end_object();
    return object.finish();
}

// Nothing also where another transaction has just given the cart another status.
std::optional<Cart> try_lock_active(const Owner& owner) {
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
        return noted(
            first_of(change_of_user.run({pg::argument(owner.tenant), pg::argument(*owner.user),
                                         pg::argument(owner.till), when(now), at(now), by(now)})));
    }
    return noted(first_of(change_of_session.run({pg::argument(owner.tenant),
                                                 pg::argument(pg::Bytes(owner.session.value())),
                                                 when(now), at(now), by(now)})));
}

}  // namespace

std::string text_of(const Owner& owner) {
    // A zero byte cannot stand in a text of PostgreSQL: it keeps the parts apart.
    std::string text;
    if (owner.is_user()) {
        text.append("user").append(1, '\0').append(*owner.user).append(1, '\0').append(owner.till);
    } else if (owner.session) {
        text.append("session").append(1, '\0');
        text.append(reinterpret_cast<const char*>(owner.session->data()), owner.session->size());
    } else {
        text.append("nobody");  // an order whose owner was forgotten
    }
    return text;
}

namespace carts {

namespace {

// Only a trigger of the application's that swallows what is written could make us try for ever.
constexpr int most_turns = 1000;

}  // namespace

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

std::optional<Cart> find_again(const Cart& seen, pg::Access access) {
    return first_of(
        find_by_id.run({pg::argument(seen.tenant), pg::argument(seen.id)}, access, seen.place));
}

std::optional<Cart> create_active(const Owner& owner, const Circumstances& now) {
    const OwnWrite own;
    const auto session = owner.is_user() ? std::nullopt : bytes_of(owner.session);
    return noted(first_of(
        insert_cart.run({pg::argument(owner.tenant), pg::argument(pg::make_uuid()),
                         pg::argument(owner.user), pg::argument(session), pg::argument(owner.till),
                         pg::argument(std::string_view("active")), pg::argument(std::int64_t{1}),
                         pg::argument(now.currency), at(now), pg::argument(no_metadata()), by(now),
                         by(now), when(now), when(now), when(now), when(now)})));
}

void give_up() {
    pg::raise(ERRCODE_T_R_SERIALIZATION_FAILURE, "could not take the active cart", {},
              "Is there a trigger on cart.carts that suppresses new rows?");
}

Taken take_active(const Owner& owner, Take take, const Circumstances& now) {
    lock_owner(owner);
    // Each turn either finds the cart, or makes it, or has waited for somebody who did so first.
    for (int turn = 0; turn < most_turns; ++turn) {
        auto cart = take == Take::change ? change_active(owner, now) : try_lock_active(owner);
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

std::optional<Cart> lock_active(const Owner& owner) {
    if (!try_lock_owner(owner)) {
        if (!find_active(owner, pg::Access::write)) {
            return std::nullopt;  // whoever is making one is not waited for
        }
        lock_owner(owner);
    }
    for (int turn = 0; turn < most_turns; ++turn) {
        if (auto cart = try_lock_active(owner)) {
            return cart;
        }
        // A newer one may have taken the place of the cart that we waited for.
        if (!find_active(owner, pg::Access::write)) {
            return std::nullopt;
        }
        pg::guarded([] { CHECK_FOR_INTERRUPTS(); });
    }
    give_up();
}

void raise_version(Taken& taken, const Circumstances& now) {
    if (!taken.is_changed) {
        taken.cart = change(taken.cart, now);
        taken.is_changed = true;
    }
}

std::optional<Cart> lock(std::string_view tenant, const pg::Uuid& id) {
    return first_of(lock_by_id.run({pg::argument(tenant), pg::argument(id)}));
}

std::optional<Cart> lock_again(const Cart& seen) {
    return first_of(lock_by_id.run({pg::argument(seen.tenant), pg::argument(seen.id)},
                                   pg::Access::write, seen.place));
}

std::vector<Cart> lock_all_active(const Owner& owner) {
    auto carts =
        all_of(owner.is_user()
                   ? lock_all_of_user.run({pg::argument(owner.tenant), pg::argument(*owner.user),
                                           pg::argument(owner.till)})
                   : lock_all_of_session.run({pg::argument(owner.tenant),
                                              pg::argument(pg::Bytes(owner.session.value()))}));
    std::ranges::stable_sort(carts, {}, &Cart::created_at);
    return carts;
}

Cart change(const Cart& cart, const Circumstances& now) {
    const OwnWrite own;
    return noted(events::Kind::changed,
                 the_one_of(change_by_id.run({pg::argument(cart.tenant), pg::argument(cart.id),
                                              when(now), at(now), by(now)},
                                             pg::Access::write, cart.place)));
}

Cart as_written(const Cart& cart) {
    if (!layout().has_other_triggers) {
        return cart;
    }
    return find_again(cart, pg::Access::write).value_or(cart);
}

void discard(const Cart& cart) {
    const OwnWrite own;
    (void)delete_new_cart.run({pg::argument(cart.tenant), pg::argument(cart.id)}, pg::Access::write,
                              cart.place);
    events::withdraw(cart.tenant, std::span(&cart.id, 1));
}

void set_merged(const Cart& cart, const pg::Uuid& target, const Circumstances& now) {
    const OwnWrite own;
    note(events::Kind::merged, cart,
         merge_by_id.run({pg::argument(cart.tenant), pg::argument(cart.id), when(now), at(now),
                          by(now), pg::argument(target)},
                         pg::Access::write, cart.place));
}

void set_abandoned(const Cart& cart, const Circumstances& now) {
    const OwnWrite own;
    note(events::Kind::abandoned, cart,
         abandon_by_id.run(
             {pg::argument(cart.tenant), pg::argument(cart.id), when(now), at(now), by(now)},
             pg::Access::write, cart.place));
}

Cart give_back(const Cart& cart, const SessionHash& session, const Circumstances& now) {
    const OwnWrite own;
    return noted(
        events::Kind::other_status,
        the_one_of(give_back_by_id.run({pg::argument(cart.tenant), pg::argument(cart.id), when(now),
                                        at(now), by(now), pg::argument(pg::Bytes(session))},
                                       pg::Access::write, cart.place)));
}

Description description_of(const Cart& cart) {
    return {.currency = cart.currency,
            .label = cart.label,
            .discount = cart.discount,
            .metadata = cart.metadata};
}

Cart describe(const Cart& cart, const Description& description) {
    const OwnWrite own;
    return the_one_of(
        describe_by_id.run({pg::argument(cart.tenant), pg::argument(cart.id),
                            pg::argument(description.currency), pg::argument(description.label),
                            pg::argument(description.discount), pg::argument(description.metadata)},
                           pg::Access::write, cart.place));
}

void touch(const Owner& owner, TimestampTz oldest, const Circumstances& now) {
    const auto cart = find_active(owner, pg::Access::write);
    if (!cart || cart->last_accessed_at >= oldest) {
        return;
    }
    const OwnWrite own;
    (void)touch_active.run({pg::argument(cart->tenant), pg::argument(cart->id), when(now)},
                           pg::Access::write, cart->place);
}

Cart hold(const Cart& cart, const std::optional<std::string_view>& label, TimestampTz expires_at,
          const Circumstances& now) {
    const OwnWrite own;
    return noted(events::Kind::held,
                 the_one_of(hold_by_id.run(
                     {pg::argument(cart.tenant), pg::argument(cart.id), when(now), at(now), by(now),
                      pg::argument(label), pg::timestamp_argument(expires_at)},
                     pg::Access::write, cart.place)));
}

Cart activate(const Cart& cart, const Owner& owner, const Circumstances& now) {
    const OwnWrite own;
    const auto session = owner.is_user() ? std::nullopt : bytes_of(owner.session);
    return noted(events::Kind::other_status,
                 the_one_of(activate_by_id.run(
                     {pg::argument(cart.tenant), pg::argument(cart.id), when(now), at(now), by(now),
                      pg::argument(owner.user), pg::argument(owner.till), pg::argument(session)},
                     pg::Access::write, cart.place)));
}

Cart check_out(const Cart& cart, const std::optional<std::string_view>& order_ref,
               TimestampTz expires_at, const Circumstances& now) {
    const OwnWrite own;
    return noted(events::Kind::other_status,
                 the_one_of(check_out_by_id.run(
                     {pg::argument(cart.tenant), pg::argument(cart.id), when(now), at(now), by(now),
                      pg::argument(order_ref), pg::timestamp_argument(expires_at)},
                     pg::Access::write, cart.place)));
}

Cart order(const Cart& cart, const std::optional<std::string_view>& order_ref,
           const Description& description, const Circumstances& now) {
    const OwnWrite own;
    return noted(events::Kind::ordered,
                 the_one_of(order_by_id.run(
                     {pg::argument(cart.tenant), pg::argument(cart.id), when(now), at(now), by(now),
                      pg::argument(order_ref), pg::argument(description.discount),
                      pg::argument(description.currency)},
                     pg::Access::write, cart.place)));
}

std::optional<Cart> find_order(std::string_view tenant, std::string_view order_ref) {
    return first_of(find_by_order_ref.run({pg::argument(tenant), pg::argument(order_ref)}));
}

std::vector<Cart> held(std::string_view tenant, const std::optional<std::string_view>& location) {
    return all_of(
        list_held.run({pg::argument(tenant), pg::argument(location)}, pg::Access::snapshot));
}

std::vector<Cart> list(const Owner& owner,
                       std::optional<std::span<const std::string_view>> statuses) {
    const auto access = pg::Access::snapshot;
    if (owner.is_user()) {
        return all_of(list_of_user.run({pg::argument(owner.tenant), pg::argument(*owner.user),
                                        pg::argument(owner.till), pg::argument(statuses)},
                                       access));
    }
    return all_of(list_of_session.run(
        {pg::argument(owner.tenant), pg::argument(pg::Bytes(owner.session.value())),
         pg::argument(statuses)},
        access));
}

namespace {

// Runs the statement for users or that for sessions.
std::vector<Cart> run_for(const Owner& person, pg::Statement& of_user, pg::Statement& of_session,
                          pg::Access access) {
    if (person.is_user()) {
        return all_of(
            of_user.run({pg::argument(person.tenant), pg::argument(*person.user)}, access));
    }
    return all_of(of_session.run(
        {pg::argument(person.tenant), pg::argument(pg::Bytes(person.session.value()))}, access));
}

}  // namespace

std::vector<Cart> of_person(const Owner& person) {
    return run_for(person, all_of_user, all_of_session, pg::Access::snapshot);
}

std::vector<Cart> lock_of_person(const Owner& person) {
    return run_for(person, lock_person_of_user, lock_person_of_session, pg::Access::write);
}

void erase(std::string_view tenant, std::span<const pg::Uuid> ids) {
    const OwnWrite own;
    (void)delete_lines.run({pg::argument(tenant), pg::argument(ids)});
    (void)delete_carts.run({pg::argument(tenant), pg::argument(ids)});
    events::withdraw(tenant, ids);
}

void anonymize(const Cart& cart) {
    const OwnWrite own;
    (void)anonymize_by_id.run({pg::argument(cart.tenant), pg::argument(cart.id)});
}

Cart inherit(const Cart& target, const Cart& source) {
    const bool has_more = (source.discount != nullptr && target.discount == nullptr) ||
                          (source.currency && !target.currency) ||
                          JB_ROOT_COUNT(source.metadata) > 0;
    if (!has_more) {
        return target;
    }
    const OwnWrite own;
    return the_one_of(inherit_by_id.run(
        {pg::argument(target.tenant), pg::argument(target.id), pg::argument(source.discount),
         pg::argument(source.metadata), pg::argument(source.currency)}));
}

}  // namespace carts

}  // namespace cart::store
