// The entries of a row in the indexes of its table.
#pragma once

#include "pg/server.hpp"

extern "C" {
#include "executor/tuptable.h"
#include "utils/relcache.h"
}

namespace cart::pg {

// Writes the entries of the row in the slot, which is new, or a new version that is not HOT.
// `is_update` is a hint for the indexes: their keys hardly ever change.
//
// The executor learns for each statement anew which indexes there are, and opens all of them. Here
// that is remembered until the table changes, and only those are opened whose condition the row
// meets. False, and nothing done, where one is more than a B-tree of columns: it is of expressions,
// of another kind, deferred, an exclusion constraint, or its condition or its order calls
// functions that are not the server's own. The table must be one that a plan has looked up, and
// locked.
[[nodiscard]] bool write_entries(Relation table, TupleTableSlot* slot, bool is_update);

}  // namespace cart::pg
