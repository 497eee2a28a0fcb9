#include "core/decimal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace cart::core {

namespace {

using Coefficient = Decimal::Coefficient;

// So many digits fit a word, whatever they are.
constexpr int word_digits = 18;

constexpr auto word_powers_of_ten = [] {
    std::array<std::int64_t, word_digits + 1> powers{1};
    for (std::size_t i = 1; i < powers.size(); ++i) {
        powers[i] = 10 * powers[i - 1];
    }
    return powers;
}();

Coefficient coefficient_of(std::string_view digits) {
    if (digits.size() > word_digits) {
        // A text that begins with 0 would be read as octal. It never does.
        return Coefficient(std::string(digits));
    }
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

bool fits_word(const Coefficient& coefficient) {
    return coefficient >= INT64_MIN && coefficient <= INT64_MAX;
}

// Without its sign, which the least of all words cannot lose as a signed one.
std::uint64_t magnitude(std::int64_t word) {
    const auto bits = static_cast<std::uint64_t>(word);
    return word < 0 ? 0 - bits : bits;
}

struct Word {
    std::int64_t value;
    int fraction_digits;
};

// A number in plain notation that fits a word; nothing for any other text.
std::optional<Word> read_word(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    text.remove_prefix(is_negative ? 1 : 0);
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::size_t digits = text.size() - (point < text.size() ? 1 : 0);
    if (digits == 0 || digits > word_digits) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i == point) {
            continue;
        }
        if (text[i] < '0' || text[i] > '9') {
            return std::nullopt;
        }
        value = 10 * value + (text[i] - '0');
    }
    return Word{.value = is_negative ? -value : value,
                .fraction_digits = static_cast<int>(digits - point)};
}

Coefficient power_of_ten(int exponent) {
    return boost::multiprecision::pow(Coefficient(10), static_cast<unsigned>(exponent));
}

// `divisor` is above zero.
Coefficient rounded_quotient(const Coefficient& dividend, const Coefficient& divisor,
                             Rounding rounding) {
    Coefficient quotient;
    Coefficient remainder;
    boost::multiprecision::divide_qr(Coefficient(boost::multiprecision::abs(dividend)), divisor,
                                     quotient, remainder);
    const int half = Coefficient(remainder * 2).compare(divisor);
    const bool is_odd = boost::multiprecision::bit_test(quotient, 0);
    if (half > 0 || (half == 0 && (rounding == Rounding::half_up || is_odd))) {
        ++quotient;
    }
    return dividend.sign() < 0 ? Coefficient(-quotient) : quotient;
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
    if (const auto word = read_word(text)) {
        return Decimal(word->value, -word->fraction_digits);
    }
    const auto number = parse_number(text, std::pmr::get_default_resource());
    return number ? from(*number) : std::nullopt;
}

std::optional<Decimal> Decimal::from(const NumberText& number) {
    if (number.integer_digits() > max_digits || -number.exponent > max_digits) {
        return std::nullopt;
    }
    Coefficient coefficient = coefficient_of(number.digits);
    return Decimal(number.negative ? Coefficient(-coefficient) : coefficient,
                   static_cast<int>(number.exponent));
}

Decimal::Decimal(std::int64_t word, int exponent) : word_(word) {
    if (word_ == 0) {
        return;
    }
    exponent_ = exponent;
    for (; word_ % 10 == 0; word_ /= 10) {
        ++exponent_;
    }
}

Decimal::Decimal(Coefficient coefficient, int exponent) {
    while (!fits_word(coefficient)) {
        Coefficient quotient;
        Coefficient remainder;
        boost::multiprecision::divide_qr(coefficient, Coefficient(10), quotient, remainder);
        if (!remainder.is_zero()) {
            exponent_ = exponent;
            big_ = std::make_unique<const Coefficient>(std::move(coefficient));
            return;
        }
        coefficient = std::move(quotient);
        ++exponent;
    }
    *this = Decimal(static_cast<std::int64_t>(coefficient), exponent);
}

std::unique_ptr<const Coefficient> Decimal::copy_of(const Coefficient& big) {
    return std::make_unique<const Coefficient>(big);
}

Decimal::Coefficient Decimal::scaled_to(int exponent) const {
    const Coefficient coefficient = big_ ? *big_ : Coefficient(word_);
    return exponent == exponent_ ? coefficient : coefficient * power_of_ten(exponent_ - exponent);
}

std::optional<std::int64_t> Decimal::word_at(int exponent) const {
    if (is_zero()) {
        return 0;
    }
    const int shift = exponent_ - exponent;
    std::int64_t scaled = 0;
    if (big_ || shift < 0 || shift > word_digits ||
        __builtin_mul_overflow(word_, word_powers_of_ten.at(static_cast<std::size_t>(shift)),
                               &scaled)) {
        return std::nullopt;
    }
    return scaled;
}

Coefficient Decimal::to_units(int digits, Rounding rounding) const {
    return exponent_ >= -digits ? scaled_to(-digits)
                                : rounded_quotient(scaled_to(exponent_),
                                                   power_of_ten(-digits - exponent_), rounding);
}

Coefficient Decimal::over(const Decimal& divisor, Rounding rounding) const {
    const int exponent = std::min(exponent_, divisor.exponent_);
    return rounded_quotient(scaled_to(exponent), divisor.scaled_to(exponent), rounding);
}

std::string Decimal::to_string(int min_fraction_digits) const {
    const int fraction = std::max(fraction_digits(), min_fraction_digits);
    const auto word = word_at(-fraction);
    std::string digits = word ? std::to_string(magnitude(*word))
                              : Coefficient(boost::multiprecision::abs(scaled_to(-fraction))).str();
    if (digits.size() <= static_cast<std::size_t>(fraction)) {
        digits.insert(0, static_cast<std::size_t>(fraction) + 1 - digits.size(), '0');
    }
    if (fraction > 0) {
        digits.insert(digits.size() - static_cast<std::size_t>(fraction), ".");
    }
    return sign() < 0 ? "-" + digits : digits;
}

Decimal operator+(const Decimal& a, const Decimal& b) {
    const int exponent = std::min(a.exponent_, b.exponent_);
    const auto x = a.word_at(exponent);
    const auto y = b.word_at(exponent);
    std::int64_t sum = 0;
    if (x && y && !__builtin_add_overflow(*x, *y, &sum)) {
        return {sum, exponent};
    }
    return {Coefficient(a.scaled_to(exponent) + b.scaled_to(exponent)), exponent};
}

Decimal operator-(const Decimal& a, const Decimal& b) {
    const int exponent = std::min(a.exponent_, b.exponent_);
    const auto x = a.word_at(exponent);
    const auto y = b.word_at(exponent);
    std::int64_t difference = 0;
    if (x && y && !__builtin_sub_overflow(*x, *y, &difference)) {
        return {difference, exponent};
    }
    return {Coefficient(a.scaled_to(exponent) - b.scaled_to(exponent)), exponent};
}

Decimal operator*(const Decimal& a, const Decimal& b) {
    const int exponent = a.exponent_ + b.exponent_;
    std::int64_t product = 0;
    if (!a.big_ && !b.big_ && !__builtin_mul_overflow(a.word_, b.word_, &product)) {
        return {product, exponent};
    }
    return {Coefficient(a.scaled_to(a.exponent_) * b.scaled_to(b.exponent_)), exponent};
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
    const int exponent = std::min(a.exponent_, b.exponent_);
    const auto x = a.word_at(exponent);
    const auto y = b.word_at(exponent);
    if (x && y) {
        return *x <=> *y;
    }
    return a.scaled_to(exponent).compare(b.scaled_to(exponent)) <=> 0;
}

}  // namespace cart::core
