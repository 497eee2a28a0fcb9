// Which roles may use carts: recorded in cart.grants, and held on functions, schemas and tables.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/levels.hpp"
#include "store/setup_work.hpp"

namespace cart::store {

struct Grant {
    std::string role;
    Level level;
};

// Where the extension's objects are, and whose.
struct Site {
    Oid owner;  // of the tables
    Oid extension;
    Oid functions_owner;
    std::string functions_schema;
    Oid schema_owner;  // of the functions' schema
};
// Found by one of the extension's functions.
[[nodiscard]] Site find_site(Oid owner, Oid function);

// Gives the tables' owner all functions.
void grant_to_owner(const Site& site, SetupWork& work);

// Brings the rights on functions, schemas and tables to what cart.grants says, and takes back those
// on schema and tables that nobody recorded. As those who own them; notes what it did.
void apply_grants(const Site& site, SetupWork& work);

// Takes all of the extension's functions back from the role.
void revoke_functions(const Site& site, std::string_view role);

// Records the grant, or that there is none any more. As the tables' owner.
void record_grant(std::string_view role, const std::optional<Level>& level,
                  std::string_view granted_by);

}  // namespace cart::store
