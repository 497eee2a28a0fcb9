// The tenant's discount resolver: a function of the application's that knows what a code is worth.
#pragma once

#include <memory_resource>
#include <span>
#include <string>
#include <string_view>

#include "pg/jsonb.hpp"
#include "store/carts.hpp"
#include "store/items.hpp"
#include "store/rules.hpp"

namespace cart::api {

// The discount that the resolver gives for the code, with the code in it. `document` is the cart.
// Throws Error(code_refused) where it gives none, or the tenant has no resolver.
[[nodiscard]] const Jsonb* resolve_code(std::string_view tenant, const store::TenantRules& rules,
                                        std::string_view code, const Jsonb* document);

// The cart's discount as the resolver now gives it for its codes: the cart's own where that is the
// same, where it has no code, or where the tenant has no resolver. Throws Error(code_refused).
[[nodiscard]] const Jsonb* renewed_discount(const store::Cart& cart,
                                            const store::TenantRules& rules,
                                            std::span<const store::StoredLine> lines,
                                            std::pmr::memory_resource* memory);

// The name of the resolver as it is kept. Like checked_catalog().
[[nodiscard]] std::string checked_resolver(std::string_view name);

}  // namespace cart::api
