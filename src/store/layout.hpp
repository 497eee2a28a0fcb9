// Where the tables are, whose they are, and whether they are of the layout that this library knows.
#pragma once

#include <cstdint>

#include "pg/server.hpp"

namespace cart::store {

// The layout of the tables that this library reads and writes. cart_setup() writes it into the
// comment of the schema, where a data-only restore does not touch it.
inline constexpr int layout_version = 1;

struct Layout {
    Oid schema = InvalidOid;
    Oid carts = InvalidOid;
    Oid items = InvalidOid;
    Oid owner = InvalidOid;
    int version = 0;
    // Whether applications have triggers of their own on the tables, which may write to them, too.
    bool has_other_triggers = false;
    Oid settings = InvalidOid;
    // Whether who writes to cart.settings tells all server processes, by the trigger for that.
    bool announces_settings = false;
    // Another one each time that the layout is looked up.
    std::uint64_t generation = 0;
};

// The layout of this database; nothing set where cart_setup() never ran. Cached in the backend
// until one of the tables changes.
[[nodiscard]] const Layout& layout();
// The same, once this backend has been told of all changes that there are. While it is of the same
// generation nobody has announced a change of carts, items or settings.
[[nodiscard]] const Layout& newest_layout();

// The same, but throws Error(not_set_up) unless the tables are there in this library's layout.
[[nodiscard]] const Layout& checked_layout();

// Whether this database has the extension, and its tables in this library's layout.
[[nodiscard]] bool is_served();

// Throws Error(not_set_up) for tables that a newer library has made.
void check_not_newer(const Layout& found);

// Forgets what was cached, and makes the other backends do so when this transaction commits.
void announce_new_layout();

// Watches for changes of the tables. Called once, when the library is loaded.
void watch_layout();

}  // namespace cart::store
