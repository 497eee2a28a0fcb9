#include "core/decimal.hpp"

#include <algorithm>

namespace cart::core {

namespace {

using Coefficient = Decimal::Coefficient;

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
    const auto number = parse_number(text, std::pmr::get_default_resource());
    return number ? from(*number) : std::nullopt;
}

std::optional<Decimal> Decimal::from(const NumberText& number) {
    if (number.integer_digits() > max_digits || -number.exponent > max_digits) {
        return std::nullopt;
    }
    // A coefficient text must not begin with 0: Boost would read it as octal. It never does.
    Coefficient coefficient(number.is_zero() ? std::string("0") : std::string(number.digits));
    return Decimal(number.negative ? Coefficient(-coefficient) : coefficient,
                   static_cast<int>(number.exponent));
}

void Decimal::normalize() {
    if (coefficient_.is_zero()) {
        exponent_ = 0;
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

Decimal::Coefficient Decimal::scaled_to(int exponent) const {
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
    constexpr std::int64_t most = 1'000'000'000'000'000'000;
    if (boost::multiprecision::abs(coefficient_) > most / factor) {
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
    const Coefficient magnitude = boost::multiprecision::abs(scaled_to(-fraction));
    std::string digits = magnitude.str();
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
    const int exponent = std::min(a.exponent_, b.exponent_);
    return a.scaled_to(exponent).compare(b.scaled_to(exponent)) <=> 0;
}

}  // namespace cart::core
