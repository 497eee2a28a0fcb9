// Rivals of a row: other rows of its table that must not be there beside it.
//
// A look takes a dirty snapshot, as an exclusion constraint does: it sees what others have written
// and not yet committed, waits for them to end, and looks again. So it is right at every isolation
// level, and needs no unique index; an index makes it quick, and a unique one makes it needless.
#pragma once

#include <string>

#include "pg/function.hpp"
#include "pg/server.hpp"

extern "C" {
#include "commands/trigger.h"
}

namespace cart::pg {

// Of the rows that count, no two have the same key.
struct Rule {
    static constexpr int most_columns = 3;
    int columns = 0;
    AttrNumber key[most_columns] = {};  // a row counts where none of them is NULL,
    AttrNumber absent = 0;              // where this one is NULL; 0: whatever it is,
    AttrNumber status = 0;              // and where this one has the value; 0: whatever it has
    const char* active = nullptr;
};

// The columns by which a table's rows are owned, and what makes a row count. Names: nullptr where
// there is no such column.
struct Ownership {
    const char* user = nullptr;
    const char* session = nullptr;
    const char* status = nullptr;
    const char* active = nullptr;
};

// The rules of a table for those of users and for those of sessions, in that order. Who has no user
// is owned by its session. Raises 42703 for a column that is not there.
struct Rules {
    static constexpr int kinds = 2;
    Rule of[kinds];  // columns = 0: the table has no such owners
};
[[nodiscard]] Rules rules_of(Relation relation, const Ownership& ownership);
// Those of cart.carts.
[[nodiscard]] Rules rules_of_carts(Relation carts);

// What the indexes of a table do for a rule.
struct Help {
    Oid unique = InvalidOid;   // sees to it: no look is needed
    Oid look_up = InvalidOid;  // finds the rivals
};
[[nodiscard]] Help help_for(Relation relation, const Rule& rule);

// The condition under which a row counts, as SQL.
[[nodiscard]] std::string condition_of(Relation relation, const Rule& rule);

// Whether the current user may act as the owner of the trigger's table.
[[nodiscard]] bool is_by_owner(const TriggerData* trigger);

// The body of an AFTER ROW trigger: raises 23505 where the row that was written counts now, and has
// a rival. The trigger's arguments are the names of an Ownership, '' for none; without arguments,
// the table is cart.carts.
void refuse_rivals(TriggerData* trigger);

// Watches for changes of tables and indexes. Called once, when the library is loaded.
void watch_rivals();

}  // namespace cart::pg
