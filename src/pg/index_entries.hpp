// The entries of a row in the indexes of its table.
#pragma once

#include <span>

#include "pg/server.hpp"

extern "C" {
#include "executor/tuptable.h"
#include "utils/relcache.h"
}

namespace cart::pg {

// The executor learns for each statement anew which indexes there are, and opens all of them. Here
// that is remembered until the table changes, and only those are opened whose condition the row
// meets. The table must be one that a plan has looked up, and locked.

// The indexes of a table, as they are in one state of the catalogue.
struct KnownIndexes;

// Nothing, where one is more than a B-tree of columns: it is of expressions, of another kind,
// deferred, an exclusion constraint, or its condition or its order calls functions that are not the
// server's own. Else they are valid until this is asked again.
[[nodiscard]] const KnownIndexes* plain_indexes(Relation table);

enum class RowVersion : unsigned char {
    first,
    speculative,  // the first, if there is no such row yet
    later,        // one that is not HOT: a hint, as the keys of most indexes have not changed
};

// Writes the entries of the rows in the slots into the indexes. False, for a
// speculative one alone: a unique index has such a row already, or another transaction is about to
// write one. Then not all entries have been written.
bool write_entries(const KnownIndexes& indexes, Relation table,
                   std::span<TupleTableSlot* const> slots, RowVersion version);

}  // namespace cart::pg
