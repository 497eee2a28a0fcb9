// Items: the JSON objects that applications put into carts, and what a cart needs to know of them.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/decimal.hpp"
#include "core/discount.hpp"
#include "core/json.hpp"

namespace cart::core {

// Names a line of a cart: 128 bits of SHA-256 over the canonical form of the item's identity.
// Two items are the same line exactly when their keys are equal.
struct ItemKey {
    std::array<std::byte, 16> bytes{};
    // clang-tidy takes the 0 that a result of <=> is compared with for a pointer.
    // NOLINTBEGIN(modernize-use-nullptr)
    friend auto operator<=>(const ItemKey&, const ItemKey&) = default;
    // NOLINTEND(modernize-use-nullptr)
};

// Keys are digests: any eight of their bytes make a hash.
struct ItemKeyHash {
    std::size_t operator()(const ItemKey& key) const noexcept {
        std::size_t hash = 0;
        std::memcpy(&hash, key.bytes.data(), sizeof hash);
        return hash;
    }
};

// The names of the members that make an item's identity. Order and repetition do not matter.
class MatchOn {
  public:
    // The default: product_id, variant_id, dimensions, material, options.
    MatchOn() = default;
    // A tenant's own list. Throws Error(invalid_parameter) if it is empty, holds an empty name or
    // has more than max_names.
    explicit MatchOn(std::span<const std::string_view> names);

    [[nodiscard]] bool contains(std::string_view name) const noexcept;

    friend bool operator==(const MatchOn&, const MatchOn&) = default;

    static constexpr std::size_t max_names = 64;

  private:
    std::vector<std::string> names_;  // sorted; empty: the default
};

// Tax rates are below this: 0.19 is 19 percent.
inline const Decimal most_tax_rate = 1000;

// What of an item, beside its price, its amounts follow from.
struct Pricing {
    std::optional<Decimal> tax_rate = {};  // 0.19 is 19 percent
    Discounts discounts = {};              // the item's own
    bool discountable = true;              // whether it takes part in the cart's discount
};

// What a cart needs to know of an item. The rest of the item belongs to the application.
struct Item {
    ItemKey key;
    std::string product_id;             // as compared: a string normalized, a number as plain text
    std::optional<Decimal> quantity;    // absent where the item has none, or null
    std::optional<Decimal> unit_price;  // likewise
    Pricing pricing;
    std::size_t bytes = 0;  // about the length of the item as compact JSON text

    // The default quantity is 1.
    [[nodiscard]] Decimal quantity_or_one() const { return quantity.value_or(Decimal(1)); }
};

// The members that the cart keeps or makes itself, apart from the item: quantity and unit_price,
// and those that it gives out and ignores when they come back.
[[nodiscard]] bool belongs_to_line(std::string_view member) noexcept;

// About the length of a document as compact JSON text. Reads it to its end.
[[nodiscard]] std::size_t json_bytes(JsonReader& reader);

// Reads one item, exactly to its end. Throws Error: item_invalid (no object, no usable product_id,
// a unit_price or tax_rate that is no number >= 0, a discountable that is no boolean),
// invalid_parameter (a malformed discount), quantity_invalid (no number > 0, or more than 30
// decimal places), limit_exceeded (more than 30 digits before the point).
[[nodiscard]] Item read_item(JsonReader& reader, const MatchOn& match_on,
                             std::pmr::memory_resource* memory);
// The same where the item's first token has been read already.
[[nodiscard]] Item read_item(const JsonToken& first, JsonReader& reader, const MatchOn& match_on,
                             std::pmr::memory_resource* memory);

// Whether two items have the same key. `differing` names the members that stand in one alone, or
// with values that are spelled differently: the others need not be compared. Throws like read_item.
[[nodiscard]] bool have_same_key(JsonReader& a, JsonReader& b, const MatchOn& match_on,
                                 std::span<const std::string_view> differing,
                                 std::pmr::memory_resource* memory);

// Checks a quantity that came as a number of its own. Throws like read_item.
[[nodiscard]] Decimal read_quantity(std::string_view text);

// The same for a quantity that a line is to have: zero takes the line out.
[[nodiscard]] Decimal read_quantity_or_zero(std::string_view text);

}  // namespace cart::core
