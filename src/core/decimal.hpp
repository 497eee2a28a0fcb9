// Exact decimal numbers for quantities and amounts. No floating point anywhere.
//
// A Decimal is coefficient × 10^exponent, with a coefficient of any size (Boost.Multiprecision).
// Numbers from outside are bounded when they are read (max_digits), so that no operation here can
// be made to take long.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/number.hpp"

namespace cart::core {

// What becomes of a value that lies halfway between two: the one away from zero, or the even one.
enum class Rounding : unsigned char { half_up, half_even };

class Decimal {
  public:
    using Coefficient = boost::multiprecision::cpp_int;

    // A number read from outside has at most so many digits before, and after, the point.
    static constexpr int max_digits = 30;

    Decimal() = default;
    Decimal(long long value) : coefficient_(value) { normalize(); }  // NOLINT: a number is a number

    // Reads a number as JSON writes it. Nothing if it is none, or has more than max_digits digits
    // before or after the point.
    [[nodiscard]] static std::optional<Decimal> parse(std::string_view text);
    [[nodiscard]] static std::optional<Decimal> from(const NumberText& number);

    [[nodiscard]] bool is_zero() const { return coefficient_.is_zero(); }
    [[nodiscard]] int sign() const { return coefficient_.sign(); }
    // Digits after the point that the value needs: 2 for 1.25, 0 for 100.
    [[nodiscard]] int fraction_digits() const { return exponent_ < 0 ? -exponent_ : 0; }

    // The value in units of 10^-digits, rounded to whole ones: 1.005 in cents is 101 (half up).
    [[nodiscard]] Coefficient to_units(int digits, Rounding rounding) const;
    // The same where it is exact and a small number; else nothing.
    [[nodiscard]] std::optional<std::int64_t> small_units(int digits) const;
    [[nodiscard]] static Decimal from_units(const Coefficient& units, int digits) {
        return {units, -digits};
    }
    // Rounded to `digits` after the point.
    [[nodiscard]] Decimal rounded(int digits, Rounding rounding) const {
        return from_units(to_units(digits, rounding), digits);
    }
    // The quotient by a divisor above zero, rounded to a whole number.
    [[nodiscard]] Coefficient over(const Decimal& divisor, Rounding rounding) const;

    // Plain notation, with at least `min_fraction_digits` digits after the point: "19.80".
    [[nodiscard]] std::string to_string(int min_fraction_digits = 0) const;

    friend Decimal operator+(const Decimal& a, const Decimal& b);
    friend Decimal operator-(const Decimal& a, const Decimal& b);
    friend Decimal operator*(const Decimal& a, const Decimal& b);
    Decimal& operator+=(const Decimal& other) { return *this = *this + other; }

    friend bool operator==(const Decimal& a, const Decimal& b) {
        return a.exponent_ == b.exponent_ && a.coefficient_ == b.coefficient_;
    }
    friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);

  private:
    Decimal(Coefficient coefficient, int exponent)
        : coefficient_(std::move(coefficient)), exponent_(exponent) {
        normalize();
    }
    // One form for each value: the coefficient has no trailing zero, and 0 has exponent 0.
    void normalize();
    void normalize_word();
    // The coefficient that the value has at a smaller or equal exponent.
    [[nodiscard]] Coefficient scaled_to(int exponent) const;

    Coefficient coefficient_ = 0;
    int exponent_ = 0;
};

}  // namespace cart::core
