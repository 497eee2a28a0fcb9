// The rules of a tenant's carts.
#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>

#include "core/item.hpp"
#include "core/merge.hpp"
#include "core/money.hpp"
#include "pg/values.hpp"

namespace cart::store {

struct TenantRules {
    core::MatchOn match_on;
    core::Strategy strategy = core::Strategy::sum;
    core::Limits limits;
    std::int64_t idempotency_ttl = 0;  // seconds
    std::int64_t hold_ttl = 0;
    std::int64_t checkout_ttl = 0;
    int rate_limit = 0;                    // changes a minute; 0: any number
    std::int64_t abandon_guest_after = 0;  // 0: never
    std::int64_t abandon_user_after = 0;
    std::int64_t purge_after = 0;
    core::MoneyRules money;
    std::optional<std::string> currency;  // of carts that are made
    std::optional<std::string> catalog;   // the functions' names, as SQL writes them
    std::optional<std::string> discount_resolver;
};

// What holds for the tenant: its own settings where it has them, the server's where not. Read once
// for as long as the Store lives.
[[nodiscard]] std::shared_ptr<const TenantRules> rules_of(std::string_view tenant,
                                                          std::pmr::memory_resource* memory);

// To be called where a Store begins and ends.
void forget_rules() noexcept;

// The same for settings that are given, as those of cart_totals are. Throws
// Error(invalid_parameter).
[[nodiscard]] TenantRules rules_from(const Jsonb* settings, std::pmr::memory_resource* memory);

// The tenant's settings with `changes` over them; a null member lifts a setting. Stores them, and
// gives them as they then stand. Throws Error(invalid_parameter) for an unknown setting, or one
// outside its values.
[[nodiscard]] const Jsonb* configure(std::string_view tenant, const Jsonb* changes,
                                     std::pmr::memory_resource* memory);

}  // namespace cart::store
