// The rules of a tenant's carts.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <string_view>

#include "core/item.hpp"
#include "core/merge.hpp"
#include "pg/values.hpp"

namespace cart::store {

struct TenantRules {
    core::MatchOn match_on;
    core::Strategy strategy = core::Strategy::sum;
    core::Limits limits;
    std::int64_t idempotency_ttl = 0;  // seconds
};

// What holds for the tenant: its own settings where it has them, the server's where not.
[[nodiscard]] TenantRules rules_of(std::string_view tenant, std::pmr::memory_resource* memory);

// The tenant's settings with `changes` over them; a null member lifts a setting. Stores them, and
// gives them as they then stand. Throws Error(invalid_parameter) for an unknown setting, or one
// outside its values.
[[nodiscard]] const Jsonb* configure(std::string_view tenant, const Jsonb* changes,
                                     std::pmr::memory_resource* memory);

}  // namespace cart::store
