#include "pg/settings.hpp"

#include <array>
#include <new>

#include "core/claims.hpp"
#include "pg/connection_options.hpp"
#include "pg/fault.hpp"
#include "pg/server.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace cart::pg::settings {

namespace {

char* user = nullptr;
char* session = nullptr;
char* tenant = nullptr;
char* location = nullptr;
char* till = nullptr;
char* actor = nullptr;
char* request = nullptr;
char* frozen_clock = nullptr;
bool with_cart = true;
bool is_loading = false;
bool is_direct = true;
int max_lines = 1000;
int max_quantity = 1'000'000;
int max_item_bytes = 16384;
int request_ttl = 24 * 60 * 60;
int touch_after = 24 * 60 * 60;
int hold_for = 24 * 60 * 60;
int checkout_for = 30 * 60;

char* claims_name = nullptr;
char* paths = nullptr;
int trust = 0;
char* key_file_name = nullptr;
int changes_a_minute = 0;

const std::array<config_enum_entry, 3> trusts = {{
    {"gateway", static_cast<int>(ClaimsTrust::gateway), false},
    {"signed", static_cast<int>(ClaimsTrust::by_signature), false},
    {nullptr, 0, false},
}};

int logged_events = static_cast<int>(LogEvents::off);
int notified = static_cast<int>(Notify::off);
bool with_wal_messages = false;

const std::array<config_enum_entry, 4> events = {{
    {"off", static_cast<int>(LogEvents::off), false},
    {"errors", static_cast<int>(LogEvents::errors), false},
    {"all", static_cast<int>(LogEvents::all), false},
    {nullptr, 0, false},
}};
const std::array<config_enum_entry, 4> notifications = {{
    {"off", static_cast<int>(Notify::off), false},
    {"commit", static_cast<int>(Notify::at_commit), false},
    {"deferred", static_cast<int>(Notify::deferred), false},
    {nullptr, 0, false},
}};

bool check_claim_paths(char** value, void** /*extra*/, GucSource /*source*/) {
    try {
        if (core::ClaimPaths::parse(*value)) {
            return true;
        }
    } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): refused, as what is none
    }
    GUC_check_errdetail(
        "It is a list like \"user=sub, tenant=app.tenant\"; claims are user, "
        "tenant, location, till and role.");
    return false;
}

void define_authorization() {
    DefineCustomStringVariable("cart_ext.claims_setting", "The setting that holds the claims.",
                               nullptr, &claims_name, "request.jwt.claims", PGC_SUSET, 0, nullptr,
                               nullptr, nullptr);
    DefineCustomStringVariable(
        "cart_ext.claim_paths", "Which members of the claims tell what.", nullptr, &paths,
        "user=sub, tenant=tenant_id, location=location_id, till=till_id, role=cart_role", PGC_SUSET,
        0, check_claim_paths, nullptr, nullptr);
    DefineCustomEnumVariable(
        "cart_ext.claims_trust", "Whose word the claims are.",
        "gateway: of whoever can write the setting; signed: of whoever has the key.", &trust, trust,
        trusts.data(), PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomStringVariable("cart_ext.key_file", "The file that holds the secret key.", nullptr,
                               &key_file_name, "", PGC_SUSET, GUC_SUPERUSER_ONLY, nullptr, nullptr,
                               nullptr);
    DefineCustomIntVariable(
        "cart_ext.rate_limit", "The most changes a minute of an owner; 0: any number.",
        "A tenant's own setting goes before it. Needs cart_ext in "
        "shared_preload_libraries.",
        &changes_a_minute, 0, 0, 1'000'000, PGC_SUSET, 0, nullptr, nullptr, nullptr);
}
int abandon_guests_after = 90 * 24 * 60 * 60;
int abandon_users_after = 0;
int purge_carts_after = 30 * 24 * 60 * 60;
int sweep_every = 60;
int rows_of_batch = 50;
int pause_between_batches = 1;

const char* or_empty(const char* value) noexcept { return value == nullptr ? "" : value; }

void define_text(const char* name, const char* meaning, char** value, GucContext context,
                 int flags = 0) {
    DefineCustomStringVariable(name, meaning, nullptr, value, "", context, flags, nullptr, nullptr,
                               nullptr);
}

void define_limit(const char* name, const char* meaning, int* value, int most, int flags = 0) {
    DefineCustomIntVariable(name, meaning, "A tenant's own setting goes before it.", value, *value,
                            1, most, PGC_SUSET, flags, nullptr, nullptr, nullptr);
}

// After how many seconds the sweep does something to a cart; 0: never.
void define_sweep_time(const char* name, const char* meaning, int* value) {
    DefineCustomIntVariable(name, meaning, "0 for never. A tenant's own setting goes before it.",
                            value, *value, 0, INT_MAX, PGC_SUSET, GUC_UNIT_S, nullptr, nullptr,
                            nullptr);
}

void define_sweep() {
    define_sweep_time("cart_ext.abandon_guest_after",
                      "After which time without use a guest's cart is abandoned.",
                      &abandon_guests_after);
    define_sweep_time("cart_ext.abandon_user_after",
                      "After which time without use a user's cart is abandoned.",
                      &abandon_users_after);
    define_sweep_time("cart_ext.purge_after",
                      "After which time merged and abandoned carts are deleted.",
                      &purge_carts_after);
    DefineCustomIntVariable("cart_ext.sweep_interval",
                            "How often the background worker sweeps a database.", "0 turns it off.",
                            &sweep_every, sweep_every, 0, INT_MAX, PGC_SUSET, GUC_UNIT_S, nullptr,
                            nullptr, nullptr);
    DefineCustomIntVariable(
        "cart_ext.sweep_batch", "The most rows that the sweep writes in one batch.", nullptr,
        &rows_of_batch, rows_of_batch, 1, 100'000, PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("cart_ext.sweep_pause",
                            "How long the background worker pauses between two batches.", nullptr,
                            &pause_between_batches, pause_between_batches, 0, 1000, PGC_SUSET,
                            GUC_UNIT_MS, nullptr, nullptr, nullptr);
}

void define_watch() {
    DefineCustomEnumVariable("cart_ext.log_events", "Which calls are written to the server's log.",
                             "As one JSON object each, without an identity or an item in clear.",
                             &logged_events, logged_events, events.data(), PGC_SUSET, 0, nullptr,
                             nullptr, nullptr);
    DefineCustomEnumVariable("cart_ext.notify", "When changes of carts are notified.",
                             "commit: with the commit; deferred: soon after it, by a background "
                             "worker, which needs cart_ext in shared_preload_libraries.",
                             &notified, notified, notifications.data(), PGC_SUSET, 0, nullptr,
                             nullptr, nullptr);
    DefineCustomBoolVariable(
        "cart_ext.wal_messages", "Changes of carts are written to the WAL as logical messages.",
        nullptr, &with_wal_messages, false, PGC_SUSET, 0, nullptr, nullptr, nullptr);
}

}  // namespace

void define() {
    refuse_connection_options();
    define_text("cart_ext.user_id", "The user whose cart is meant.", &user, PGC_USERSET);
    define_text("cart_ext.session_token", "The guest session whose cart is meant.", &session,
                PGC_USERSET, GUC_NO_SHOW_ALL);
    define_text("cart_ext.tenant_id", "The tenant within which calls work.", &tenant, PGC_USERSET);
    define_text("cart_ext.location_id", "The shop, recorded on what a call writes.", &location,
                PGC_USERSET);
    define_text("cart_ext.till_id", "The till: with the user, the owner of a cart at the till.",
                &till, PGC_USERSET);
    define_text("cart_ext.actor_id", "The cashier or agent, recorded on what a call writes.",
                &actor, PGC_USERSET);
    define_text("cart_ext.request_id", "The application's request, for the log.", &request,
                PGC_USERSET);
    define_text("cart_ext.clock", "The time that calls see, for tests; empty: the real one.",
                &frozen_clock, PGC_SUSET, GUC_NOT_IN_SAMPLE);
    DefineCustomBoolVariable("cart_ext.return_cart", "Writing calls answer with the whole cart.",
                             nullptr, &with_cart, true, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomBoolVariable("cart_ext.direct_access",
                             "Calls read and write plain tables without the executor.",
                             "What they do is the same either way.", &is_direct, true, PGC_USERSET,
                             GUC_NOT_IN_SAMPLE, nullptr, nullptr, nullptr);
    DefineCustomBoolVariable("cart_ext.loading",
                             "The triggers keep still, for a data-only restore.",
                             "Counts only for the owner of the tables and for superusers.",
                             &is_loading, false, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    define_limit("cart_ext.max_lines", "The most lines that a cart may have.", &max_lines, 100'000);
    define_limit("cart_ext.max_quantity", "The largest quantity of a line.", &max_quantity,
                 INT_MAX);
    define_limit("cart_ext.max_item_bytes", "The largest size of an item, as JSON text.",
                 &max_item_bytes, 64 << 20, GUC_UNIT_BYTE);
    DefineCustomIntVariable("cart_ext.idempotency_ttl",
                            "How long an idempotency key is remembered.",
                            "A tenant's own setting goes before it.", &request_ttl, request_ttl, 1,
                            INT_MAX, PGC_SUSET, GUC_UNIT_S, nullptr, nullptr, nullptr);
    DefineCustomIntVariable(
        "cart_ext.touch_interval", "How often cart_touch marks a cart as used, at most.", nullptr,
        &touch_after, touch_after, 0, INT_MAX, PGC_SUSET, GUC_UNIT_S, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("cart_ext.hold_ttl", "How long a cart is held.",
                            "A tenant's own setting goes before it.", &hold_for, hold_for, 1,
                            INT_MAX, PGC_SUSET, GUC_UNIT_S, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("cart_ext.checkout_ttl", "How long a draft order is kept.",
                            "A tenant's own setting goes before it.", &checkout_for, checkout_for,
                            1, INT_MAX, PGC_SUSET, GUC_UNIT_S, nullptr, nullptr, nullptr);
    define_authorization();
    define_sweep();
    define_watch();
    fault::define_setting();
    MarkGUCPrefixReserved("cart_ext");
}

const char* user_id() noexcept { return or_empty(user); }
const char* session_token() noexcept { return or_empty(session); }
const char* tenant_id() noexcept { return or_empty(tenant); }
const char* location_id() noexcept { return or_empty(location); }
const char* till_id() noexcept { return or_empty(till); }
const char* actor_id() noexcept { return or_empty(actor); }
const char* request_id() noexcept { return or_empty(request); }
LogEvents log_events() noexcept { return static_cast<LogEvents>(logged_events); }
Notify notify() noexcept { return static_cast<Notify>(notified); }
bool wal_messages() noexcept { return with_wal_messages; }
const char* clock() noexcept { return or_empty(frozen_clock); }
const char* claims_setting() noexcept { return or_empty(claims_name); }
const char* claim_paths() noexcept { return or_empty(paths); }
ClaimsTrust claims_trust() noexcept { return static_cast<ClaimsTrust>(trust); }
const char* key_file() noexcept { return or_empty(key_file_name); }
int rate_limit() noexcept { return changes_a_minute; }
int idempotency_ttl() noexcept { return request_ttl; }
int hold_ttl() noexcept { return hold_for; }
int checkout_ttl() noexcept { return checkout_for; }
int touch_interval() noexcept { return touch_after; }
int abandon_guest_after() noexcept { return abandon_guests_after; }
int abandon_user_after() noexcept { return abandon_users_after; }
int purge_after() noexcept { return purge_carts_after; }
int sweep_interval() noexcept { return sweep_every; }
int sweep_batch() noexcept { return rows_of_batch; }
int sweep_pause() noexcept { return pause_between_batches; }
bool return_cart() noexcept { return with_cart; }
bool loading() noexcept { return is_loading; }
bool direct_access() noexcept { return is_direct; }

core::Limits limits() {
    return {.max_lines = static_cast<std::size_t>(max_lines),
            .max_quantity = core::Decimal(max_quantity),
            .max_item_bytes = static_cast<std::size_t>(max_item_bytes)};
}

}  // namespace cart::pg::settings
