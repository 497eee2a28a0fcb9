// Amounts of money: exact, in the minor unit of a currency.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "core/decimal.hpp"
#include "core/merge.hpp"

namespace cart::core {

// Digits after the point of amounts in `currency`, an ISO 4217 code: 2 for EUR, 0 for JPY, 3 for
// BHD. 2 for unknown codes and for no currency.
[[nodiscard]] int minor_digits(std::string_view currency) noexcept;

// unit_price × quantity, rounded to `digits`, halves away from zero. A line without a price: 0.
[[nodiscard]] Decimal line_subtotal(const std::optional<Decimal>& unit_price,
                                    const Decimal& quantity, int digits);

struct Totals {
    std::size_t lines = 0;
    Decimal quantity = 0;
    Decimal subtotal = 0;
};

// Sums over the lines of a cart.
[[nodiscard]] Totals total(std::span<const Line> lines, int digits);

}  // namespace cart::core
