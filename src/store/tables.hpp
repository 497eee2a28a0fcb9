// The tables of schema cart, as cart_setup() makes and checks them.
#pragma once

#include <span>
#include <string_view>

namespace cart::store {

struct Column {
    std::string_view name;
    std::string_view type;  // as format_type() shows it
    std::string_view rest;  // collation, default, NOT NULL
};

struct Index {
    std::string_view name;
    std::string_view definition;  // what follows the table's name
    bool is_unique;
};

struct Trigger {
    std::string_view name;
    std::string_view events;    // "BEFORE INSERT OR UPDATE"
    std::string_view function;  // in the extension's schema
};

struct Table {
    std::string_view name;
    std::string_view comment;
    std::span<const Column> columns;
    std::string_view constraints;  // primary key, foreign keys
    std::string_view options;      // storage parameters
    std::span<const Index> indexes;
    std::span<const Trigger> triggers;
};

// In the order in which they must be made.
[[nodiscard]] std::span<const Table> tables();

}  // namespace cart::store
