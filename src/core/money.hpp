// Amounts of money: exact, in the minor unit of a currency.
//
// A line's subtotal is unit_price × quantity, rounded. Its own discounts (promo_discount) come off
// that, then its part of the cart's discount, which is spread over the lines in proportion, by
// largest remainder. What is left is taxed. Every amount is rounded once, to the minor unit, and
// all that follows is computed with whole minor units: the parts add up.
//
// Numbers have any size (Boost.Multiprecision), so no sum can overflow.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/decimal.hpp"
#include "core/discount.hpp"

namespace cart::core {

// Digits after the point of amounts in `currency`, an ISO 4217 code: 2 for EUR, 0 for JPY, 3 for
// BHD. 2 for unknown codes and for no currency.
[[nodiscard]] int minor_digits(std::string_view currency) noexcept;

// Whether it looks like a code of ISO 4217: three capital letters. New codes come every few years,
// so they are not held against a list.
[[nodiscard]] bool is_currency(std::string_view code) noexcept;

// Where a tax is rounded: for each line, or for the sum of the lines of one rate, whose tax is then
// spread over them by largest remainder.
enum class TaxRounding : unsigned char { line, total };

struct MoneyRules {
    Rounding rounding = Rounding::half_up;
    TaxRounding tax_rounding = TaxRounding::line;
    bool price_includes_tax = false;
};

// Read a mode's name. Throw Error(invalid_parameter).
[[nodiscard]] Rounding read_rounding(std::string_view name);
[[nodiscard]] TaxRounding read_tax_rounding(std::string_view name);

// What a line's amounts follow from.
struct PricedLine {
    Decimal quantity = 1;
    std::optional<Decimal> unit_price = {};  // nothing: the line costs nothing
    Decimal tax_rate = 0;                    // 0.19 is 19 percent
    Discounts discounts = {};                // its own
    bool discountable = true;                // whether it takes part in the cart's discount
};

struct Amounts {
    Decimal subtotal = 0;
    Decimal promo_discount = 0;  // the line's own discounts
    Decimal discount = 0;        // its part of the cart's
    Decimal tax = 0;             // contained in the total where prices include it, else on top
    Decimal total = 0;

    Amounts& operator+=(const Amounts& other);
    friend bool operator==(const Amounts&, const Amounts&) = default;
};

struct Totals {
    Decimal quantity = 0;
    Amounts amounts;             // the sums of the lines'
    std::vector<Amounts> lines;  // in the order given
};

// The totals of a cart, in an amount's `digits` after the point.
[[nodiscard]] Totals total(std::span<const PricedLine> lines, const Discounts& discounts,
                           int digits, const MoneyRules& rules);

// Spreads a whole number of units in proportion to the weights, by largest remainder; of equal
// remainders the earlier one gets the unit. Nothing is spread where all weights are zero.
[[nodiscard]] std::vector<Decimal::Coefficient> allocate(
    const Decimal::Coefficient& units, std::span<const Decimal::Coefficient> weights);

}  // namespace cart::core
