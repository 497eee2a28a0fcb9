// The tables of schema cart, as cart_setup() makes and checks them.
#pragma once

#include <span>
#include <string_view>

namespace cart::store {

// What is compared with the catalogue stands here as PostgreSQL's own functions show it
// (format_type(), pg_get_constraintdef() and so on), with pg_catalog as search_path.

struct Column {
    std::string_view name;
    std::string_view type;                // with its collation, if that is not the default one
    bool is_required = false;             // NOT NULL
    std::string_view default_value = {};  // empty: none
    bool is_compressed = true;            // else STORAGE EXTERNAL, from the beginning
};

struct Index {
    std::string_view name;
    std::string_view columns;         // "tenant_id, user_id"
    std::string_view predicate = {};  // in parentheses; empty: all rows
    bool is_unique = false;
};

struct Trigger {
    std::string_view name;
    std::string_view events;          // "BEFORE INSERT OR DELETE OR UPDATE"
    std::string_view function;        // in the extension's schema
    std::string_view condition = {};  // in parentheses; empty: every row
    bool is_always = false;           // it also fires where session_replication_role is replica
};

// For rows that a role other than the owner reads or writes. The expressions are as pg_get_expr()
// shows them, with "@" for the extension's schema; empty: none.
struct Policy {
    std::string_view name;
    std::string_view command;  // SELECT, ALL
    std::string_view sees;
    std::string_view writes = {};
};

struct Table {
    std::string_view name;
    std::string_view comment;
    std::span<const Column> columns;
    std::span<const std::string_view> constraints;  // primary key, foreign keys
    std::string_view options;                       // storage parameters
    std::span<const Index> indexes;
    std::span<const Trigger> triggers;
    std::span<const Policy> policies = {};  // with none, nobody but the owner has rights anyway
};

// In the order in which they must be made.
[[nodiscard]] std::span<const Table> tables();

}  // namespace cart::store
