// Discounts, as items and carts carry them.
#pragma once

#include <string_view>
#include <vector>

#include "core/decimal.hpp"
#include "core/json.hpp"

namespace cart::core {

struct Discount {
    enum class Type : unsigned char {
        percent,  // of what the discounts before it have left
        amount,   // at most what they have left
    };
    Type type = Type::percent;
    Decimal value = 0;  // 0 to 100 percent, or an amount of 0 or more
};

// Several are applied in their order.
using Discounts = std::vector<Discount>;

// Reads one discount, an array of such, or null for none:
// {"type": "percent" | "amount", "value": 10}, other members (code, reason) are the application's.
// `first` is the value's first token; reads to its end. Throws Error(invalid_parameter).
[[nodiscard]] Discounts read_discounts(const JsonToken& first, JsonReader& reader);

inline constexpr std::size_t max_discounts = 100;

}  // namespace cart::core
