// Numbers as text: reading the notations of JSON into one normal form.
//
// Works on digits, in linear time and for any length; nothing is computed but the product with a
// unit's factor, which measures need.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>

namespace cart::core {

// The value is ±digits × 10^exponent.
// The digits have no leading and no trailing zero; zero has no digits, no sign and exponent 0.
struct NumberText {
    bool negative = false;
    std::pmr::string digits;
    std::int64_t exponent = 0;

    [[nodiscard]] bool is_zero() const { return digits.empty(); }
    // Digits before the point; zero or less for values below 1.
    [[nodiscard]] std::int64_t integer_digits() const {
        return static_cast<std::int64_t>(digits.size()) + exponent;
    }
    // Normal form as text: "-123e-2".
    void append_normal(std::pmr::string& out) const;
    // Plain notation ("1200", "-0.05"), or the normal form where that would need more than
    // `max_plain` characters.
    [[nodiscard]] std::pmr::string plain(std::size_t max_plain) const;
};

// Reads a whole number text: JSON's notation, and also a leading '+', leading zeros, and a point
// without digits on one side, as people write measures. Nothing for anything else.
[[nodiscard]] std::optional<NumberText> parse_number(std::string_view text,
                                                     std::pmr::memory_resource* memory);

// The length of the number at the beginning of `text`, 0 if there is none: 3 for "1.5cm".
[[nodiscard]] std::size_t number_prefix(std::string_view text) noexcept;

// `number` × `factor` × 10^`shift`.
[[nodiscard]] NumberText multiply(const NumberText& number, std::uint64_t factor, int shift);

}  // namespace cart::core
