// The totals of stored carts: their lines, as core's money sees them.
#pragma once

#include <memory_resource>
#include <span>

#include "core/money.hpp"
#include "store/carts.hpp"
#include "store/items.hpp"

namespace cart::api {

// Under the rules of the cart's tenant.
[[nodiscard]] core::Totals totals_of(const store::Cart& cart,
                                     std::span<const store::StoredLine> lines,
                                     std::pmr::memory_resource* memory);

}  // namespace cart::api
