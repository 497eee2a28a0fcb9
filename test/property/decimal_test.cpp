// Decimal, and the reading of numbers and measures, against Boost's rationals.
#include "core/decimal.hpp"

#include "core/measure.hpp"
#include "core/number.hpp"
#include "property/check.hpp"
#include "support/exact.hpp"

namespace cart::test {
namespace {

using core::Decimal;

// A number within Decimal's bounds, in some notation of JSON's.
std::string any_number(Choices& choices) {
    std::string text = choices.one_in(2) ? "-" : "";
    std::string digits;
    for (std::size_t count = 1 + choices.below(12); count > 0; --count) {
        // Zeros and nines are where carries and notations go wrong.
        static const std::string likely = "0099512345678";
        digits += choices.pick(likely);
    }
    int most_exponent = 14;
    if (choices.one_in(4)) {
        // So is the end of a machine word.
        digits = "922337203685477580" + std::to_string(choices.below(10));
        most_exponent = 11;
    }
    const auto first = digits.find_first_not_of('0');
    text += first == std::string::npos ? "0" : digits.substr(first);
    if (choices.one_in(2)) {
        text += ".";
        for (std::size_t count = 1 + choices.below(8); count > 0; --count) {
            text += static_cast<char>('0' + choices.below(10));
        }
    }
    if (choices.one_in(3)) {
        const auto exponents = static_cast<std::size_t>(most_exponent + 16);
        text += "e" + std::to_string(static_cast<int>(choices.below(exponents)) - 15);
    }
    return text;
}

Rational rational(std::string_view text) { return read_exact(text).value().rational(); }

// What a decimal is worth, by its text.
Rational worth(const Decimal& number) { return rational(number.to_string()); }

std::string expect(bool holds, const std::string& law) { return holds ? "" : law + " "; }

TEST(DecimalLaws, ArithmeticIsExact) {
    check(20'000, 120, [](Choices& choices) {
        const std::string text_a = any_number(choices);
        const std::string text_b = any_number(choices);
        const Decimal a = Decimal::parse(text_a).value();
        const Decimal b = Decimal::parse(text_b).value();
        const Rational x = rational(text_a);
        const Rational y = rational(text_b);
        const std::string wrong =
            expect(worth(a) == x, "value") + expect(worth(a + b) == x + y, "+") +
            expect(worth(a - b) == x - y, "-") + expect(worth(a * b) == x * y, "*") +
            expect((a == b) == (x == y), "==") + expect((a < b) == (x < y), "<") +
            expect((a >= b) == (x >= y), ">=") + expect(a.sign() == x.sign(), "sign");
        return wrong.empty() ? wrong : wrong + text_a + " " + text_b;
    });
}

TEST(DecimalLaws, RoundsToTheNearestHalvesAway) {
    check(20'000, 60, [](Choices& choices) -> std::string {
        const std::string text = any_number(choices);
        const int digits = static_cast<int>(choices.below(8));
        const Decimal number = Decimal::parse(text).value();
        const Rational rounded = worth(number.rounded(digits, core::Rounding::half_up));
        const Rational unit(1,
                            boost::multiprecision::pow(Integer(10), static_cast<unsigned>(digits)));
        // floor(|x| / unit + 1/2) units, with the sign of x.
        const Rational steps = boost::multiprecision::abs(rational(text)) / unit + Rational(1, 2);
        const Integer whole = numerator(steps) / denominator(steps);
        const Rational expected = (number.sign() < 0 ? -1 : 1) * Rational(whole) * unit;
        return rounded == expected ? "" : text + " to " + std::to_string(digits);
    });
}

TEST(DecimalLaws, TextCanBeReadAgain) {
    check(10'000, 60, [](Choices& choices) -> std::string {
        const Decimal number = Decimal::parse(any_number(choices)).value();
        const int digits = static_cast<int>(choices.below(5));
        const std::string text = number.to_string(digits);
        const auto point = text.find('.');
        const auto fraction = point == std::string::npos ? 0 : text.size() - point - 1;
        const bool right =
            Decimal::parse(text) == number &&
            fraction == static_cast<std::size_t>(std::max(number.fraction_digits(), digits));
        return right ? "" : text;
    });
}

std::string normal(const core::NumberText& number) {
    std::pmr::string out;
    number.append_normal(out);
    return std::string(out);
}

TEST(NumberLaws, AreReadAsTheOracleReadsThem) {
    check(20'000, 40, [](Choices& choices) -> std::string {
        // Any mixture of what numbers and measures are made of.
        static const std::vector<std::string> parts = {"0", "1",  "9",  "5", "00", "10",
                                                       ".", "-",  "+",  "e", "E",  "cm",
                                                       "m", "in", "oz", " ", "kg"};
        std::string text;
        for (std::size_t count = choices.below(8); count > 0; --count) {
            text += choices.pick(parts);
        }
        const auto number = core::parse_number(text, std::pmr::get_default_resource());
        const auto exact = read_exact(text);
        if (number.has_value() != exact.has_value()) {
            return "number or not: '" + text + "'";
        }
        if (number &&
            normal(*number) != exact->coefficient.str() + "e" + std::to_string(exact->exponent)) {
            return "value of '" + text + "'";
        }
        const auto measure = core::parse_measure(text, std::pmr::get_default_resource());
        const auto exact_measure = read_measure(text);
        if (measure.has_value() != exact_measure.has_value()) {
            return "measure or not: '" + text + "'";
        }
        const bool same =
            !measure || normal(measure->value) == exact_measure->value.coefficient.str() + "e" +
                                                      std::to_string(exact_measure->value.exponent);
        return same ? "" : "value of the measure '" + text + "'";
    });
}

}  // namespace
}  // namespace cart::test
