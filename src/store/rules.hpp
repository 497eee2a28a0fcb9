// The rules of a tenant's carts.
#pragma once

#include <string_view>

#include "core/item.hpp"
#include "core/merge.hpp"

namespace cart::store {

struct TenantRules {
    core::MatchOn match_on;
    core::Strategy strategy = core::Strategy::sum;
    core::Limits limits;
};

// What holds for the tenant: its own settings where it has them, the server's where not.
[[nodiscard]] TenantRules rules_of(std::string_view tenant);

}  // namespace cart::store
