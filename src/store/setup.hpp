// Making, checking, repairing and upgrading the tables.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pg/server.hpp"
#include "store/levels.hpp"

namespace cart::store {

struct Setup {
    Oid owner;
    std::vector<std::string> changes;  // what was done, for people; empty: all was well
};

// Brings schema cart to this library's layout, owned by `owner`. `function` is the SQL function
// that asks; its extension's schema is where the trigger functions are. Raises 42501 where schema
// or tables belong to somebody else, or the caller may not act as the owner.
[[nodiscard]] Setup set_up(Oid owner, Oid function);

// Gives the role a level, or takes it back, and brings its rights to that. Raises 42501 for a
// caller that may not act as the tables' owner.
void grant(Oid role, const std::optional<Level>& level, Oid function);

}  // namespace cart::store
