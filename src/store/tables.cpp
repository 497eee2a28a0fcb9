#include "store/tables.hpp"

#include <array>

namespace cart::store {

namespace {

// Tenants and ids compare bytewise: COLLATE "C" is faster, and never changes with the system's
// locales. There is no CHECK on the two hot tables: the trigger checks in a fifth of the time.
// Nothing here but the triggers refers to the extension, so that any tool can carry the tables.
// fillfactor leaves room for the next version of a row on its page: the update stays HOT.

#define KEY_TEXT "COLLATE \"C\""
#define REQUIRED_KEY_TEXT "COLLATE \"C\" NOT NULL DEFAULT ''"

constexpr auto cart_columns = std::to_array<Column>({
    {"tenant_id", "text", REQUIRED_KEY_TEXT},
    {"cart_id", "uuid", "NOT NULL"},
    {"user_id", "text", KEY_TEXT},
    {"session_hash", "bytea", ""},
    {"till_id", "text", REQUIRED_KEY_TEXT},
    {"status", "text", "COLLATE \"C\" NOT NULL DEFAULT 'active'"},
    {"version", "bigint", "NOT NULL DEFAULT 1"},
    {"currency", "text", KEY_TEXT},
    {"location_id", "text", KEY_TEXT},
    {"label", "text", ""},
    {"order_ref", "text", KEY_TEXT},
    {"discount", "jsonb", ""},
    {"metadata", "jsonb", "NOT NULL DEFAULT '{}'"},
    {"merged_into", "uuid", ""},
    {"created_by", "text", KEY_TEXT},
    {"updated_by", "text", KEY_TEXT},
    {"created_at", "timestamp with time zone", "NOT NULL DEFAULT now()"},
    {"updated_at", "timestamp with time zone", "NOT NULL DEFAULT now()"},
    {"last_accessed_at", "timestamp with time zone", "NOT NULL DEFAULT now()"},
    {"sweep_from", "timestamp with time zone", "NOT NULL DEFAULT now()"},
    {"expires_at", "timestamp with time zone", ""},
});

// The partial unique indexes are the guarantee of one active cart. No column that using a cart
// changes stands in an index.
constexpr auto cart_indexes = std::to_array<Index>({
    {"carts_active_user",
     "(tenant_id, user_id, till_id) WHERE status = 'active' AND user_id IS NOT NULL", true},
    {"carts_active_session",
     "(tenant_id, session_hash) WHERE status = 'active' AND session_hash IS NOT NULL", true},
});

constexpr auto item_columns = std::to_array<Column>({
    {"tenant_id", "text", REQUIRED_KEY_TEXT},
    {"cart_id", "uuid", "NOT NULL"},
    {"item_key", "uuid", "NOT NULL"},
    {"position", "bigint", "NOT NULL"},
    {"product_id", "text", "NOT NULL"},
    {"quantity", "numeric", "NOT NULL"},
    {"unit_price", "numeric", ""},
    {"item", "jsonb", "NOT NULL"},
    {"added_at", "timestamp with time zone", "NOT NULL DEFAULT now()"},
    {"updated_at", "timestamp with time zone", "NOT NULL DEFAULT now()"},
});

constexpr auto request_columns = std::to_array<Column>({
    {"tenant_id", "text", REQUIRED_KEY_TEXT},
    {"owner_hash", "bytea", "NOT NULL"},
    {"key_hash", "bytea", "NOT NULL"},
    {"arguments_hash", "bytea", "NOT NULL"},
    {"cart_id", "uuid", ""},
    {"version", "bigint", ""},
    {"created_at", "timestamp with time zone", "NOT NULL DEFAULT now()"},
});

constexpr auto merge_columns = std::to_array<Column>({
    {"tenant_id", "text", REQUIRED_KEY_TEXT},
    {"merge_id", "uuid", "NOT NULL"},
    {"source_cart_id", "uuid", "NOT NULL"},
    {"target_cart_id", "uuid", "NOT NULL"},
    {"target_version", "bigint", "NOT NULL"},
    {"user_id", "text", "COLLATE \"C\" NOT NULL"},
    {"till_id", "text", REQUIRED_KEY_TEXT},
    {"session_hash", "bytea", "NOT NULL"},
    {"session_owner", "bytea", "NOT NULL"},
    {"strategy", "text", "NOT NULL"},
    {"lines", "jsonb", "NOT NULL"},
    {"merged_at", "timestamp with time zone", "NOT NULL DEFAULT now()"},
});

constexpr auto merge_indexes = std::to_array<Index>({
    {"merges_session", "(tenant_id, session_hash, merged_at)", false},
    {"merges_user", "(tenant_id, user_id, till_id, merged_at)", false},
});

constexpr auto settings_columns = std::to_array<Column>({
    {"tenant_id", "text", REQUIRED_KEY_TEXT},
    {"settings", "jsonb", "NOT NULL DEFAULT '{}'"},
    {"updated_by", "text", KEY_TEXT},
    {"updated_at", "timestamp with time zone", "NOT NULL DEFAULT now()"},
});

constexpr auto cart_triggers = std::to_array<Trigger>({
    {"zz_cart_ext_rules", "BEFORE INSERT OR UPDATE OR DELETE", "cart_carts_rules"},
});
constexpr auto item_triggers = std::to_array<Trigger>({
    {"zz_cart_ext_rules", "BEFORE INSERT OR UPDATE OR DELETE", "cart_items_rules"},
});

constexpr auto all_tables = std::to_array<Table>({
    {"carts", "Shopping carts: one row a cart", cart_columns, "PRIMARY KEY (tenant_id, cart_id)",
     "fillfactor = 90", cart_indexes, cart_triggers},
    {"items",
     "The lines of carts",
     item_columns,
     "PRIMARY KEY (tenant_id, cart_id, item_key), "
     "FOREIGN KEY (tenant_id, cart_id) REFERENCES cart.carts ON DELETE CASCADE",
     "fillfactor = 90",
     {},
     item_triggers},
    {"requests",
     "Idempotency keys that have been used",
     request_columns,
     "PRIMARY KEY (tenant_id, owner_hash, key_hash)",
     "fillfactor = 90",
     {},
     {}},
    {"merges",
     "Receipts of merges",
     merge_columns,
     "PRIMARY KEY (tenant_id, merge_id)",
     "fillfactor = 100",
     merge_indexes,
     {}},
    {"settings",
     "The settings of tenants",
     settings_columns,
     "PRIMARY KEY (tenant_id)",
     "fillfactor = 90",
     {},
     {}},
});

}  // namespace

std::span<const Table> tables() { return all_tables; }

}  // namespace cart::store
