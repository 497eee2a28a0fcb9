#include "store/tables.hpp"

#include <array>

namespace cart::store {

namespace {

// Tenants and ids compare bytewise: COLLATE "C" is faster, and never changes with the system's
// locales. There is no CHECK on the two hot tables: the trigger checks in a fifth of the time.
// Nothing here but the triggers refers to the extension, so that any tool can carry the tables.
// fillfactor leaves room for the next version of a row on its page: the update stays HOT.
// toast_tuple_target, uncompressed: a receipt takes some 2 kB, for a cart of 100 lines some 40, and
// to compress it longer than to write it.

constexpr std::string_view key_text = "text COLLATE \"C\"";
constexpr std::string_view bytes = "bytea";
constexpr std::string_view moment = "timestamp with time zone";
constexpr bool required = true;
constexpr bool uncompressed = false;

constexpr auto cart_columns = std::to_array<Column>({
    {"tenant_id", key_text, required, "''::text"},
    {"cart_id", "uuid", required},
    {"user_id", key_text},
    {"session_hash", bytes},
    {"till_id", key_text, required, "''::text"},
    {"status", key_text, required, "'active'::text"},
    {"version", "bigint", required, "1"},
    {"currency", key_text},
    {"location_id", key_text},
    {"label", "text"},
    {"order_ref", key_text},
    {"discount", "jsonb"},
    {"metadata", "jsonb", required, "'{}'::jsonb"},
    {"merged_into", "uuid"},
    {"created_by", key_text},
    {"updated_by", key_text},
    {"created_at", moment, required, "now()"},
    {"updated_at", moment, required, "now()"},
    {"last_accessed_at", moment, required, "now()"},
    {"sweep_from", moment, required, "now()"},
    {"expires_at", moment},
});

// The partial unique indexes are the guarantee of one active cart. No column that using a cart
// changes stands in an index.
constexpr auto cart_indexes = std::to_array<Index>({
    {"carts_active_user", "tenant_id, user_id, till_id",
     "((status = 'active'::text) AND (user_id IS NOT NULL))", true},
    {"carts_active_session", "tenant_id, session_hash",
     "((status = 'active'::text) AND (session_hash IS NOT NULL))", true},
    {"carts_user", "tenant_id, user_id, till_id, created_at", "(user_id IS NOT NULL)"},
    {"carts_session", "tenant_id, session_hash, created_at", "(session_hash IS NOT NULL)"},
    {"carts_order_ref", "tenant_id, order_ref",
     "((order_ref IS NOT NULL) AND (status = ANY (ARRAY['checkout'::text, 'ordered'::text])))",
     true},
    {"carts_merged_into", "tenant_id, merged_into", "(merged_into IS NOT NULL)"},
    {"carts_held", "tenant_id, location_id", "(status = 'held'::text)"},
    // By these the sweep finds its work: see store/sweep.cpp.
    {"carts_sweep_guests", "tenant_id, sweep_from, cart_id",
     "((status = 'active'::text) AND (user_id IS NULL))"},
    {"carts_sweep_users", "tenant_id, sweep_from, cart_id",
     "((status = 'active'::text) AND (user_id IS NOT NULL))"},
    {"carts_sweep_ended", "tenant_id, sweep_from, cart_id",
     "(status = ANY (ARRAY['merged'::text, 'abandoned'::text]))"},
    {"carts_sweep_expiring", "status, expires_at, tenant_id, cart_id",
     "(status = ANY (ARRAY['held'::text, 'checkout'::text]))"},
});

constexpr auto item_columns = std::to_array<Column>({
    {"tenant_id", key_text, required, "''::text"},
    {"cart_id", "uuid", required},
    {"item_key", "uuid", required},
    {"position", "bigint", required},
    {"product_id", "text", required},
    {"quantity", "numeric", required},
    {"unit_price", "numeric"},
    {"item", "jsonb", required},
    {"added_at", moment, required, "now()"},
    {"updated_at", moment, required, "now()"},
});

constexpr auto request_columns = std::to_array<Column>({
    {"tenant_id", key_text, required, "''::text"},
    {"owner_hash", bytes, required},
    {"key_hash", bytes, required},
    {"arguments_hash", bytes, required},
    {"cart_id", "uuid"},
    {"version", "bigint"},
    {"created_at", moment, required, "now()"},
});

constexpr auto request_indexes = std::to_array<Index>({
    {"requests_sweep", "tenant_id, created_at"},
});

constexpr auto merge_columns = std::to_array<Column>({
    {"tenant_id", key_text, required, "''::text"},
    {"merge_id", "uuid", required},
    {"source_cart_id", "uuid", required},
    {"target_cart_id", "uuid", required},
    {"target_version", "bigint", required},
    {"user_id", key_text, required},
    {"till_id", key_text, required, "''::text"},
    {"session_hash", bytes, required},
    {"session_owner", bytes, required},
    {"strategy", "text", required},
    {"lines", "jsonb", required, {}, uncompressed},
    {"undo", "jsonb", false, {}, uncompressed},
    {"merged_at", moment, required, "now()"},
});

constexpr auto merge_indexes = std::to_array<Index>({
    {"merges_session", "tenant_id, session_hash, merged_at"},
    {"merges_source", "tenant_id, source_cart_id"},
    {"merges_user", "tenant_id, user_id, till_id, merged_at"},
});

constexpr auto draft_columns = std::to_array<Column>({
    {"tenant_id", key_text, required, "''::text"},
    {"cart_id", "uuid", required},
    {"frozen", "jsonb", required},
    {"frozen_at", moment, required, "now()"},
});

constexpr auto link_columns = std::to_array<Column>({
    {"tenant_id", key_text, required, "''::text"},
    {"link_hash", bytes, required},
    {"cart_id", "uuid", required},
    {"created_by", key_text},
    {"created_at", moment, required, "now()"},
    {"expires_at", moment, required},
    {"opened_at", moment},
    {"report", "jsonb"},
});

// A link is done with when it has been opened, or has expired.
constexpr auto link_indexes = std::to_array<Index>({
    {"links_cart", "tenant_id, cart_id"},
    {"links_sweep", "tenant_id, LEAST(expires_at, opened_at)"},
});

constexpr auto settings_columns = std::to_array<Column>({
    {"tenant_id", key_text, required, "''::text"},
    {"settings", "jsonb", required, "'{}'::jsonb"},
    {"updated_by", key_text},
    {"updated_at", moment, required, "now()"},
});

constexpr auto grant_columns = std::to_array<Column>({
    {"tenant_id", key_text, required, "''::text"},
    {"role_name", key_text, required},
    {"level", "text", required},
    {"granted_by", key_text},
    {"granted_at", moment, required, "now()"},
});

// A table of the application's, as cart_attach() was told of it. It is found again by its name: its
// oid is another after a restore.
constexpr auto attachment_columns = std::to_array<Column>({
    {"tenant_id", key_text, required, "''::text"},
    {"schema_name", key_text, required},
    {"table_name", key_text, required},
    {"user_column", key_text},
    {"session_column", key_text},
    {"status_column", key_text},
    {"active_value", "text", required},
    {"attached_by", key_text},
    {"attached_at", moment, required, "now()"},
});

// A row of an application's table that cart_import() has copied. Of its owner there are hashes.
constexpr auto import_columns = std::to_array<Column>({
    {"tenant_id", key_text, required, "''::text"},
    {"table_name", key_text, required},
    {"group_hash", bytes, required},
    {"row_number", "bigint", required},
    {"row_hash", bytes, required},
    {"cart_id", "uuid", required},
    {"imported_at", moment, required, "now()"},
});

constexpr auto import_indexes = std::to_array<Index>({
    {"imports_cart", "tenant_id, cart_id"},
});

// The second line behind the unique indexes. What using a cart writes does not fire it.
constexpr auto cart_triggers = std::to_array<Trigger>({
    {"zz_cart_ext_rules", "BEFORE INSERT OR DELETE OR UPDATE", "cart_carts_rules"},
    {"cart_ext_one_active",
     "AFTER INSERT OR UPDATE OF tenant_id, user_id, session_hash, till_id, status",
     "cart_one_active", "(new.status = 'active'::text)"},
});
constexpr auto item_triggers = std::to_array<Trigger>({
    {"zz_cart_ext_rules", "BEFORE INSERT OR DELETE OR UPDATE", "cart_items_rules"},
});
// A server process keeps what it has read of the settings, whoever writes them. TRUNCATE announces
// itself.
constexpr auto settings_triggers = std::to_array<Trigger>({
    {"cart_ext_settings_changed",
     "AFTER INSERT OR DELETE OR UPDATE",
     "cart_settings_changed",
     {},
     true},
});

constexpr std::string_view is_application =
    "( SELECT @.cart_is_application() AS cart_is_application)";

constexpr auto cart_policies = std::to_array<Policy>({
    {"cart_ext_read", "SELECT",
     "(( SELECT @.cart_is_application() AS cart_is_application) OR "
     "@.cart_is_visible(tenant_id, user_id, session_hash, location_id, status))"},
    {"cart_ext_write", "ALL", is_application, is_application},
});
// Its cart's policies hold within the subquery.
constexpr auto item_policies = std::to_array<Policy>({
    {"cart_ext_read", "SELECT",
     "(( SELECT @.cart_is_application() AS cart_is_application) OR (EXISTS ( SELECT\n"
     "   FROM cart.carts c\n"
     "  WHERE ((c.tenant_id = items.tenant_id) AND (c.cart_id = items.cart_id)))))"},
    {"cart_ext_write", "ALL", is_application, is_application},
});

using Constraints = std::array<std::string_view, 1>;
constexpr Constraints cart_constraints = {"PRIMARY KEY (tenant_id, cart_id)"};
constexpr std::array<std::string_view, 2> item_constraints = {
    "PRIMARY KEY (tenant_id, cart_id, item_key)",
    "FOREIGN KEY (tenant_id, cart_id) REFERENCES cart.carts(tenant_id, cart_id) ON DELETE CASCADE"};
constexpr std::array<std::string_view, 2> draft_constraints = {
    "PRIMARY KEY (tenant_id, cart_id)",
    "FOREIGN KEY (tenant_id, cart_id) REFERENCES cart.carts(tenant_id, cart_id) ON DELETE CASCADE"};
constexpr Constraints request_constraints = {"PRIMARY KEY (tenant_id, owner_hash, key_hash)"};
constexpr Constraints merge_constraints = {"PRIMARY KEY (tenant_id, merge_id)"};
constexpr Constraints link_constraints = {"PRIMARY KEY (tenant_id, link_hash)"};
constexpr Constraints settings_constraints = {"PRIMARY KEY (tenant_id)"};
constexpr Constraints grant_constraints = {"PRIMARY KEY (tenant_id, role_name)"};
constexpr Constraints attachment_constraints = {"PRIMARY KEY (tenant_id, schema_name, table_name)"};
constexpr Constraints import_constraints = {
    "PRIMARY KEY (tenant_id, table_name, group_hash, row_number)"};

constexpr auto all_tables = std::to_array<Table>({
    {"carts", "Shopping carts: one row a cart", cart_columns, cart_constraints, "fillfactor = 90",
     cart_indexes, cart_triggers, cart_policies},
    {"items",
     "The lines of carts",
     item_columns,
     item_constraints,
     "fillfactor = 90",
     {},
     item_triggers,
     item_policies},
    {"requests",
     "Idempotency keys that have been used",
     request_columns,
     request_constraints,
     "fillfactor = 90",
     request_indexes,
     {}},
    {"merges",
     "Receipts of merges",
     merge_columns,
     merge_constraints,
     "fillfactor = 100, toast_tuple_target = 8160",
     merge_indexes,
     {}},
    {"drafts",
     "What checkout froze of carts: their totals",
     draft_columns,
     draft_constraints,
     "fillfactor = 100",
     {},
     {}},
    {"links",
     "Links for recovery mails",
     link_columns,
     link_constraints,
     "fillfactor = 90",
     link_indexes,
     {}},
    {"settings",
     "The settings of tenants",
     settings_columns,
     settings_constraints,
     "fillfactor = 90",
     {},
     settings_triggers},
    {"grants",
     "The levels of roles: cart_grant()",
     grant_columns,
     grant_constraints,
     "fillfactor = 90",
     {},
     {}},
    {"attachments",
     "Tables of applications that keep one active cart an owner: cart_attach()",
     attachment_columns,
     attachment_constraints,
     "fillfactor = 90",
     {},
     {}},
    {"imports",
     "Rows of applications' tables that were imported: cart_import()",
     import_columns,
     import_constraints,
     "fillfactor = 100",
     import_indexes,
     {}},
});

}  // namespace

std::span<const Table> tables() { return all_tables; }

}  // namespace cart::store
