#include "core/decimal.hpp"

#include <algorithm>
#include <charconv>

namespace cart::core {

namespace {

using Coefficient = Decimal::Coefficient;

// What fits a machine word is computed there: nearly every quantity and price does, and Boost's
// integers of any size take ten times as long for it.
constexpr std::size_t word_digits = 18;

bool fits_word(const Coefficient& coefficient) {
    return coefficient.backend().size() == 1 &&
           *coefficient.backend().limbs() <= std::uint64_t{INT64_MAX};
}

Coefficient coefficient_of(std::string_view digits) {
    if (digits.size() > word_digits) {
        // A text that begins with 0 would be read as octal. It never does.
        return Coefficient(std::string(digits));
    }
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
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

void Decimal::normalize() {
    if (coefficient_.is_zero()) {
        exponent_ = 0;
        return;
    }
    if (fits_word(coefficient_)) {
        normalize_word();
        return;
    }
    Coefficient quotient;
    Coefficient remainder;
    for (;;) {
        boost::multiprecision::divide_qr(coefficient_, Coefficient(10), quotient, remainder);
        if (!remainder.is_zero()) {
            return;
        }
        coefficient_ = quotient;
        ++exponent_;
    }
}

void Decimal::normalize_word() {
    const auto value = static_cast<std::int64_t>(coefficient_);
    std::int64_t shorter = value;
    for (; shorter % 10 == 0; shorter /= 10) {
        ++exponent_;
    }
    if (shorter != value) {
        coefficient_ = shorter;
    }
}

Decimal::Coefficient Decimal::scaled_to(int exponent) const {
    if (exponent == exponent_) {
        return coefficient_;
    }
    return coefficient_ * power_of_ten(exponent_ - exponent);
}

Coefficient Decimal::to_units(int digits, Rounding rounding) const {
    return exponent_ >= -digits
               ? scaled_to(-digits)
               : rounded_quotient(coefficient_, power_of_ten(-digits - exponent_), rounding);
}

std::optional<std::int64_t> Decimal::small_units(int digits) const {
    constexpr int most_digits = 18;
    const int shift = exponent_ + digits;
    if (shift < 0 || shift > most_digits) {
        return is_zero() ? std::optional<std::int64_t>(0) : std::nullopt;
    }
    std::int64_t factor = 1;
    for (int i = 0; i < shift; ++i) {
        factor *= 10;
    }
    constexpr std::uint64_t most = 1'000'000'000'000'000'000;
    if (!fits_word(coefficient_) ||
        *coefficient_.backend().limbs() > most / static_cast<std::uint64_t>(factor)) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(coefficient_) * factor;
}

Coefficient Decimal::over(const Decimal& divisor, Rounding rounding) const {
    const int exponent = std::min(exponent_, divisor.exponent_);
    return rounded_quotient(scaled_to(exponent), divisor.scaled_to(exponent), rounding);
}

std::string Decimal::to_string(int min_fraction_digits) const {
    const int fraction = std::max(fraction_digits(), min_fraction_digits);
    const auto small = small_units(fraction);
    std::string digits = small
                             ? std::to_string(*small < 0 ? -*small : *small)
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
    if (a.exponent_ == b.exponent_) {
        return {a.coefficient_ + b.coefficient_, a.exponent_};
    }
    const int exponent = std::min(a.exponent_, b.exponent_);
    return {a.scaled_to(exponent) + b.scaled_to(exponent), exponent};
}

Decimal operator-(const Decimal& a, const Decimal& b) {
    const int exponent = std::min(a.exponent_, b.exponent_);
    return {a.scaled_to(exponent) - b.scaled_to(exponent), exponent};
}

Decimal operator*(const Decimal& a, const Decimal& b) {
    return {a.coefficient_ * b.coefficient_, a.exponent_ + b.exponent_};
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
    if (a.exponent_ == b.exponent_) {
        return a.coefficient_.compare(b.coefficient_) <=> 0;
    }
    const int exponent = std::min(a.exponent_, b.exponent_);
    return a.scaled_to(exponent).compare(b.scaled_to(exponent)) <=> 0;
}

}  // namespace cart::core
