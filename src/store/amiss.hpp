// Finding the owners whose carts are not as the rules say: over the whole of a tenant, by sets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/carts.hpp"
#include "store/rules.hpp"

namespace cart::store {

// An owner that keeps its texts itself.
struct OwnerName {
    std::optional<std::string> user;
    std::string till;
    std::string session;  // its hash; counts where there is no user

    [[nodiscard]] Owner owner(std::string_view tenant) const;
    // Users first, then guests, each in order: a merge locks its carts in that order.
    friend bool operator<(const OwnerName& a, const OwnerName& b);
};

// The tenants that have carts.
[[nodiscard]] std::vector<std::string> tenants();

// Owners that have several active carts, or active carts with lines whose key is not that of their
// item. In order, and at most `limit`.
[[nodiscard]] std::vector<OwnerName> owners_amiss(std::string_view tenant, const TenantRules& rules,
                                                  std::optional<std::int64_t> limit);

}  // namespace cart::store
