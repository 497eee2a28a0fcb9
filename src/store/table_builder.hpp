// Making, checking and repairing one table for cart_setup().
#pragma once

#include <string>

#include "pg/server.hpp"
#include "store/setup_work.hpp"
#include "store/tables.hpp"

namespace cart::store {

struct TableSite {
    Oid owner;
    std::string extension_schema;  // where the trigger functions are
};

// Brings the table to its definition; to be run as its owner, with search_path pg_catalog. What
// has another definition under the name of ours is replaced, what is more than ours stays. Raises
// 42501 for a table of somebody else, 42804 for a column of another type, 23505 with the owners in
// the way where rows keep a unique index from being built.
void build_table(const Table& table, const TableSite& site, SetupWork& work);

}  // namespace cart::store
