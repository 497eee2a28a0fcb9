// A table that statements may reach without the server's executor, and where its columns are.
#pragma once

#include <cstdint>

#include "pg/server.hpp"

extern "C" {
#include "access/tupdesc.h"
#include "utils/relcache.h"
}

namespace cart::pg {

struct KeyedPlan;

// What a plan's names stand for in the table as it is now. Belongs to one statement.
struct DirectTable {
    // Enough for any plan of the store.
    static constexpr int most_columns = 32;
    static constexpr int most_keys = 4;

    // Of which state of the catalogue this holds; 0: looked up never.
    std::uint64_t generation = 0;
    Oid relation = InvalidOid;  // none: SQL has to do it
    Oid index = InvalidOid;
    // The keys are all of the index's: of the rows that a snapshot sees, one at most has them.
    bool finds_one = false;
    Oid owner = InvalidOid;
    int key_count = 0;
    AttrNumber keys[most_keys] = {};
    int column_count = 0;
    AttrNumber columns[most_columns] = {};
    AttrNumber assigned[most_columns] = {};  // by an update, or given to an insert
    int given_count = 0;
    AttrNumber status = 0;
    // A copy, which outlives the server's.
    TupleDesc description = nullptr;
};

// Looks up what has changed since. Inside pg::guarded().
void look_up(DirectTable& table, const KeyedPlan& plan);

// The number of the catalogue's state, as far as this backend has been told.
[[nodiscard]] std::uint64_t catalogue_generation() noexcept;

// Watches for changes. Called once, when the library is loaded.
void watch_catalogue();

}  // namespace cart::pg
