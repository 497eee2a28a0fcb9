// Numbers and measures by Boost's arithmetic, to compare core's with.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cart::test {

using Integer = boost::multiprecision::cpp_int;
using Rational = boost::multiprecision::cpp_rational;

// A number so far out that the oracle has no opinion: jsonb could not hold it.
struct BeyondOracle : std::runtime_error {
    BeyondOracle() : std::runtime_error("a number beyond the oracle") {}
};

// coefficient × 10^exponent. One form for each value: the coefficient does not end in 0 (but for
// the value 0, which has exponent 0).
struct Exact {
    Integer coefficient = 0;
    std::int64_t exponent = 0;

    Exact() = default;
    Exact(Integer coefficient, std::int64_t exponent);
    // A rational that has a finite decimal fraction; nothing for any other.
    static std::optional<Exact> from(const Rational& value);

    // For exponents of a sane size.
    [[nodiscard]] Rational rational() const;
    [[nodiscard]] std::string plain() const;

    friend bool operator==(const Exact& a, const Exact& b) = default;
};

// Reads a number as JSON or a person writes it: an optional sign, digits with at most one point
// among, before or after them, an optional exponent. Nothing for anything else. Throws
// BeyondOracle.
[[nodiscard]] std::optional<Exact> read_exact(std::string_view text);

struct ExactMeasure {
    char kind = 0;  // l(ength), m(ass), v(olume)
    Exact value;    // in mm, g, ml
};

// One unit of the contract: its kind and its value in the base unit. Nothing for other names.
struct UnitOf {
    char kind = 0;
    Rational factor;
};
[[nodiscard]] std::optional<UnitOf> unit_of(std::string_view name);

[[nodiscard]] std::optional<ExactMeasure> measure_of(const Exact& value, std::string_view unit);

// "10cm", "1e1 cm". Throws BeyondOracle.
[[nodiscard]] std::optional<ExactMeasure> read_measure(std::string_view text);

// Without leading and trailing Unicode white space.
[[nodiscard]] std::string_view trimmed(std::string_view utf8);

}  // namespace cart::test
