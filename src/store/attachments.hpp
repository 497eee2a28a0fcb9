// Tables of applications that keep one active cart for each owner: cart_attach(), cart_detach().
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "store/grants.hpp"
#include "store/setup_work.hpp"

namespace cart::store {

// The columns of the application's table; nothing: it has no such column.
struct OwnerColumns {
    std::optional<std::string> user;
    std::optional<std::string> session;
    std::optional<std::string> status;  // nothing: every row is an active cart
    std::string active;
};

// The index that finds an owner's rows.
struct AttachedIndex {
    std::string name;
    bool is_unique = false;
    bool is_built = false;  // by this call
};

struct Attached {
    std::string table;
    std::optional<AttachedIndex> of_users;
    std::optional<AttachedIndex> of_sessions;
};

// Puts the trigger on the table, takes a unique index that fits or builds one, or a plain one where
// duplicates are in its way, and records it. Raises 42501 for a table of a role that the caller may
// not act as, 42809 for what is no ordinary table on its own, 42703 and 42804 for the columns.
[[nodiscard]] Attached attach(Oid oid, const OwnerColumns& columns, Oid function);

// Takes trigger, indexes and record away, and gives the table's name. Raises 42704 for a table that
// is not attached.
[[nodiscard]] std::string detach(Oid oid);

// For cart_setup(): puts the triggers of recorded tables back. Each as the caller, and only on
// tables that the tables' owner may attach, too, or that have an index of cart_attach(), which only
// their own owner can have made: a record alone must not put a trigger on a stranger's table.
void attach_recorded(const Site& site, SetupWork& work);

}  // namespace cart::store
