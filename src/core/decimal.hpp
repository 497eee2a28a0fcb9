// Exact decimal numbers for quantities and amounts. No floating point anywhere.
//
// A Decimal is coefficient × 10^exponent. The coefficient is a machine word where it fits one, as
// nearly every quantity and price does, and else of any size (Boost.Multiprecision, which takes ten
// times as long). Numbers from outside are bounded when they are read (max_digits), so that no
// operation here can be made to take long.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <compare>
#include <cstdint>
#include <memory>
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
    Decimal(long long value) : Decimal(value, 0) {}  // NOLINT: a number is a number
    Decimal(const Decimal& other)
        : word_(other.word_),
          exponent_(other.exponent_),
          big_(other.big_ ? copy_of(*other.big_) : nullptr) {}
    Decimal(Decimal&&) noexcept = default;
    Decimal& operator=(const Decimal& other) { return *this = Decimal(other); }
    Decimal& operator=(Decimal&&) noexcept = default;
    ~Decimal() = default;

    // Reads a number as JSON writes it. Nothing if it is none, or has more than max_digits digits
    // before or after the point.
    [[nodiscard]] static std::optional<Decimal> parse(std::string_view text);
    [[nodiscard]] static std::optional<Decimal> from(const NumberText& number);

    [[nodiscard]] bool is_zero() const { return !big_ && word_ == 0; }
    [[nodiscard]] int sign() const {
        return big_ ? big_->sign() : static_cast<int>(word_ > 0) - static_cast<int>(word_ < 0);
    }
    // Digits after the point that the value needs: 2 for 1.25, 0 for 100.
    [[nodiscard]] int fraction_digits() const { return exponent_ < 0 ? -exponent_ : 0; }

    // The value in units of 10^-digits, rounded to whole ones: 1.005 in cents is 101 (half up).
    [[nodiscard]] Coefficient to_units(int digits, Rounding rounding) const;
    // The same where it is exact and fits a word; else nothing.
    [[nodiscard]] std::optional<std::int64_t> word_units(int digits) const {
        return word_at(-digits);
    }
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
        return a.exponent_ == b.exponent_ && a.word_ == b.word_ &&
               (a.big_ == b.big_ || (a.big_ && b.big_ && *a.big_ == *b.big_));
    }
    friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);

  private:
    Decimal(std::int64_t word, int exponent);
    Decimal(Coefficient coefficient, int exponent);

    // Apart, since it is rare.
    [[nodiscard]] static std::unique_ptr<const Coefficient> copy_of(const Coefficient& big);

    // The coefficient that the value has at a smaller or equal exponent, and the same where it
    // fits a word.
    [[nodiscard]] Coefficient scaled_to(int exponent) const;
    [[nodiscard]] std::optional<std::int64_t> word_at(int exponent) const;

    // One form for each value: the coefficient has no trailing zero, 0 has exponent 0, and what
    // fits a word is in the word.
    std::int64_t word_ = 0;  // 0 where the coefficient is big_
    int exponent_ = 0;
    std::unique_ptr<const Coefficient> big_;
};

}  // namespace cart::core
