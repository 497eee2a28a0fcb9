// The rules of cart.carts for whoever writes to it directly: one owner, a known status, an id and
// a version that rises. That there is one active cart is the unique indexes' business.
#include "core/discount.hpp"
#include "core/error.hpp"
#include "core/lifecycle.hpp"
#include "core/port.hpp"
#include "pg/jsonb.hpp"
#include "pg/settings.hpp"
#include "pg/trigger.hpp"
#include "store/carts.hpp"
#include "store/events.hpp"
#include "store/own_write.hpp"
#include "trigger/violation.hpp"

namespace cart::trigger {

namespace {

using pg::TriggerCall;

void check_status(const TriggerCall& trigger, const pg::Row& row) {
    const auto status = row.optional_text(trigger.column("status"));
    if (status && !core::read_status(*status)) {
        violate("unknown status of a cart",
                core::Detail().text("member", "status").text("found", *status));
    }
}

// What refers to an order can rely on it. True: it is an order, and stays just what it is.
bool is_kept_order(const TriggerCall& trigger) {
    const pg::Row row = trigger.old_row();
    if (row.optional_text(trigger.column("status")) != core::name_of(core::Status::ordered)) {
        return false;
    }
    if (!trigger.is_unchanged()) {
        throw core::Error(core::ErrorCode::cart_not_active, "an order is never changed or deleted",
                          core::Detail()
                              .text("cart_id", pg::to_string(row.uuid(trigger.column("cart_id"))))
                              .text("status", core::name_of(core::Status::ordered)),
                          "cart_forget() takes its owner's identity out of it.");
    }
    return true;
}

// A direct write goes the ways that the calls go, and no others.
void check_transition(const TriggerCall& trigger) {
    const int column = trigger.column("status");
    const auto from = core::read_status(trigger.old_row().optional_text(column).value_or(""));
    const auto to = core::read_status(trigger.new_row().optional_text(column).value_or(""));
    if (from && to && !core::may_become(*from, *to)) {
        throw core::Error(
            core::ErrorCode::cart_not_active, "a cart of that status cannot be given the other",
            core::Detail().text("status", core::name_of(*from)).text("found", core::name_of(*to)));
    }
}

void check_owner(const TriggerCall& trigger, const pg::Row& row) {
    const bool has_user = !row.is_null(trigger.column("user_id"));
    const auto session = row.optional_bytes(trigger.column("session_hash"));
    if (has_user && session) {
        violate("a cart belongs to a user or to a guest session, not to both",
                core::Detail().text("member", "session_hash"));
    }
    if (!has_user && !session && row.optional_text(trigger.column("status")) == "active") {
        violate("an active cart belongs to a user or to a guest session",
                core::Detail().text("member", "user_id"));
    }
    if (session && session->size() != std::tuple_size_v<core::port::Sha256Digest>) {
        violate("session_hash must be the SHA-256 of a session token",
                core::Detail()
                    .text("member", "session_hash")
                    .number("bytes", static_cast<long long>(session->size())));
    }
}

void check_metadata(const TriggerCall& trigger, const pg::Row& row) {
    const Jsonb* metadata = row.jsonb(trigger.column("metadata"));
    if (metadata != nullptr && !pg::is_object(metadata)) {
        violate("metadata must be a JSON object", core::Detail().text("member", "metadata"));
    }
}

void check_discount(const TriggerCall& trigger, const pg::Row& row) {
    const Jsonb* discount = row.jsonb(trigger.column("discount"));
    if (discount == nullptr) {
        return;
    }
    try {
        pg::JsonbReader reader(discount, std::pmr::get_default_resource());
        const core::JsonToken first = reader.next();
        (void)core::read_discounts(first, reader);
    } catch (const core::Error& error) {
        violate(error.what(), core::Detail().text("member", "discount"));
    }
}

// The version that the row will have.
std::int64_t raise_version(TriggerCall& trigger) {
    const int column = trigger.column("version");
    const std::int64_t before = trigger.old_row().number(column);
    const bool is_raised =
        !trigger.new_row().is_null(column) && trigger.new_row().number(column) > before;
    if (!is_raised) {
        trigger.set("version", pg::argument(before + 1));
    }
    const int updated = trigger.column("updated_at");
    if (trigger.new_row().optional_time(updated) == trigger.old_row().optional_time(updated)) {
        trigger.set("updated_at", pg::timestamp_argument(pg::now()));
    }
    return is_raised ? trigger.new_row().number(column) : before + 1;
}

// Tells those who follow carts. A new cart is told of with its first line: whether this row comes
// to stand, and not in conflict with another, nobody knows yet.
void note_update(const TriggerCall& trigger, std::int64_t version) {
    const int column = trigger.column("status");
    const auto status = trigger.new_row().optional_text(column);
    const bool is_other = status != trigger.old_row().optional_text(column);
    store::events::note(
        is_other ? store::events::kind_of(status.value_or("")) : store::events::Kind::changed,
        trigger.new_row().text(trigger.column("tenant_id")),
        trigger.new_row().uuid(trigger.column("cart_id")), version);
}

// The sweep finds a cart by sweep_from, which therefore is no later than the last use.
void follow_last_use(TriggerCall& trigger) {
    const auto last_use = trigger.new_row().optional_time(trigger.column("last_accessed_at"));
    const auto from = trigger.new_row().optional_time(trigger.column("sweep_from"));
    if (last_use && from && *from > *last_use) {
        trigger.set("sweep_from", pg::timestamp_argument(*last_use));
    }
}

void check(TriggerCall& trigger) {
    const pg::Row row = trigger.new_row();
    check_status(trigger, row);
    check_owner(trigger, row);
    check_discount(trigger, row);
    check_metadata(trigger, row);
    follow_last_use(trigger);
    if (trigger.is_update()) {
        check_transition(trigger);
        note_update(trigger, raise_version(trigger));
    } else if (row.is_null(trigger.column("cart_id"))) {
        trigger.set("cart_id", pg::argument(pg::make_uuid()));
    }
}

}  // namespace

}  // namespace cart::trigger

using namespace cart;

CART_QUIET_FUNCTION(cart_carts_rules) {
    pg::TriggerCall trigger(call);
    if (store::OwnWrite::is_under_way() || (pg::settings::loading() && trigger.is_by_owner())) {
        return trigger.proceed();
    }
    const bool is_done =
        (!trigger.is_insert() && trigger::is_kept_order(trigger)) || trigger.is_delete();
    if (!is_done) {
        trigger::check(trigger);
    }
    return trigger.proceed();
}
