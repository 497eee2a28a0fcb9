#include "core/number.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace cart::core {

namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Exponents beyond this are not read: no number that a shop has needs them, arithmetic on
// exponents fits 64 bits, and every normal form can be read again.
constexpr std::int64_t max_exponent = 1'000'000'000'000'000;
constexpr std::size_t max_exponent_digits = 17;

struct Parts {
    bool negative = false;
    std::string_view whole;
    std::string_view fraction;
    bool exponent_negative = false;
    std::string_view exponent;  // digits, without leading zeros
    std::size_t length = 0;     // characters taken; 0: no number
};

std::string_view take_digits(std::string_view text, std::size_t& at) noexcept {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) {
        ++at;
    }
    return text.substr(begin, at - begin);
}

// Splits the number at the beginning of `text`. An 'e' that no digits follow is not part of it.
Parts split(std::string_view text) noexcept {
    Parts parts;
    std::size_t at = 0;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) {
        parts.negative = text[at] == '-';
        ++at;
    }
    parts.whole = take_digits(text, at);
    if (at < text.size() && text[at] == '.') {
        ++at;
        parts.fraction = take_digits(text, at);
    }
    if (parts.whole.empty() && parts.fraction.empty()) {
        return {};
    }
    parts.length = at;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '-' || text[at] == '+')) {
            parts.exponent_negative = text[at] == '-';
            ++at;
        }
        const std::string_view digits = take_digits(text, at);
        if (!digits.empty()) {
            parts.exponent = digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
            parts.length = at;
        }
    }
    return parts;
}

void normalize(NumberText& number) {
    const std::size_t last = number.digits.find_last_not_of('0');
    if (last == std::pmr::string::npos) {
        number.digits.clear();
        number.negative = false;
        number.exponent = 0;
        return;
    }
    number.exponent += static_cast<std::int64_t>(number.digits.size() - 1 - last);
    number.digits.resize(last + 1);
    number.digits.erase(0, number.digits.find_first_not_of('0'));
}

}  // namespace

std::size_t number_prefix(std::string_view text) noexcept { return split(text).length; }

std::optional<NumberText> parse_number(std::string_view text, std::pmr::memory_resource* memory) {
    const Parts parts = split(text);
    if (parts.length == 0 || parts.length != text.size() ||
        parts.exponent.size() > max_exponent_digits) {
        return std::nullopt;
    }
    std::int64_t exponent = 0;
    std::from_chars(parts.exponent.data(), parts.exponent.data() + parts.exponent.size(), exponent);
    NumberText number{.negative = parts.negative,
                      .digits = std::pmr::string(memory),
                      .exponent = (parts.exponent_negative ? -exponent : exponent) -
                                  static_cast<std::int64_t>(parts.fraction.size())};
    number.digits.reserve(parts.whole.size() + parts.fraction.size());
    number.digits.append(parts.whole).append(parts.fraction);
    normalize(number);
    if (number.exponent > max_exponent || number.exponent < -max_exponent) {
        return std::nullopt;
    }
    return number;
}

void NumberText::append_normal(std::pmr::string& out) const {
    if (negative) {
        out += '-';
    }
    out += is_zero() ? std::string_view("0") : std::string_view(digits);
    char buffer[24];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, exponent).ptr;
    out += 'e';
    out.append(buffer, end);
}

std::pmr::string NumberText::plain(std::size_t max_plain) const {
    std::pmr::string out(digits.get_allocator());
    if (is_zero()) {
        out = "0";
        return out;
    }
    const auto count = static_cast<std::int64_t>(digits.size());
    const auto limit = static_cast<std::int64_t>(max_plain);
    const std::int64_t point = integer_digits();
    if (point > limit || point < -limit || count > limit) {
        append_normal(out);
        return out;
    }
    if (negative) {
        out += '-';
    }
    if (exponent >= 0) {
        out += digits;
        out.append(static_cast<std::size_t>(exponent), '0');
    } else if (point > 0) {
        out.append(digits, 0, static_cast<std::size_t>(point));
        out += '.';
        out.append(digits, static_cast<std::size_t>(point));
    } else {
        out += "0.";
        out.append(static_cast<std::size_t>(-point), '0');
        out += digits;
    }
    return out;
}

NumberText multiply(const NumberText& number, std::uint64_t factor, int shift) {
    // Long multiplication from the last digit on; the carry stays below 10 × factor.
    constexpr std::uint64_t max_factor = UINT64_MAX / 20;
    if (factor == 0 || factor > max_factor) {
        throw std::invalid_argument("factor out of range");
    }
    NumberText product{.negative = number.negative,
                       .digits = std::pmr::string(number.digits.get_allocator()),
                       .exponent = number.exponent + shift};
    std::uint64_t carry = 0;
    for (std::size_t i = number.digits.size(); i-- > 0;) {
        carry += static_cast<std::uint64_t>(number.digits[i] - '0') * factor;
        product.digits += static_cast<char>('0' + carry % 10);
        carry /= 10;
    }
    for (; carry > 0; carry /= 10) {
        product.digits += static_cast<char>('0' + carry % 10);
    }
    std::reverse(product.digits.begin(), product.digits.end());
    normalize(product);
    return product;
}

}  // namespace cart::core
