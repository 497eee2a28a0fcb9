#include "core/number.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cart::test {
namespace {

using core::NumberText;

std::optional<NumberText> parse(std::string_view text) {
    return core::parse_number(text, std::pmr::get_default_resource());
}

std::string normal(const NumberText& number) {
    std::pmr::string out;
    number.append_normal(out);
    return std::string(out);
}

std::string normal(std::string_view text) {
    const auto number = parse(text);
    return number ? normal(*number) : "none";
}

std::string plain(std::string_view text, std::size_t max_plain = 1000) {
    return std::string(parse(text).value().plain(max_plain));
}

TEST(ParseNumber, ReadsEveryNotationOfOneValue) {
    for (const char* text :
         {"10",          "10.0",   "1e1",   "1E1",      "1e+1",
          "1E+01",       "100e-1", "0.1e2", "10.000",   "1000e-2",
          "0.0000001e8", "+10",    "010",   "00010.00", "10.",
          "1.e1",        ".1e2",   "10e0",  "10e-0",    "10e000000000000000000000000"}) {
        EXPECT_EQ(normal(text), "1e1") << text;
    }
    for (const char* text : {"-1.5", "-15e-1", "-0.15e1", "-01.50", "-1.5e0", "-.15E+1"}) {
        EXPECT_EQ(normal(text), "-15e-1") << text;
    }
}

TEST(ParseNumber, ZeroHasOneForm) {
    for (const char* text :
         {"0", "-0", "+0", "0.0", "-0.000", "0e0", "0e5", "-0e-5", "000", ".0", "0.", "0E99"}) {
        const auto number = parse(text);
        ASSERT_TRUE(number) << text;
        EXPECT_TRUE(number->is_zero()) << text;
        EXPECT_FALSE(number->negative) << text;
        EXPECT_TRUE(number->digits.empty()) << text;
        EXPECT_EQ(number->exponent, 0) << text;
    }
}

TEST(ParseNumber, TakesNothingElse) {
    for (const char* text :
         {"",      " ",      "-",     "+",     ".",       "-.",    "e",   "e1",       ".e1",
          "1e",    "1e+",    "1e-",   "1e1.5", "1.2.3",   "--1",   "+-1", "1 ",       " 1",
          "1 000", "1,5",    "1_000", "0x10",  "1f",      "NaN",   "nan", "Infinity", "inf",
          "-inf",  "\u0661", "１",    "1cm",   "\u22121", "1e1e1", "1-1"}) {
        EXPECT_FALSE(parse(text)) << text;
    }
}

TEST(ParseNumber, TellsDifferentValuesApart) {
    const std::vector<std::string> texts = {"1",   "-1",  "10",   "0.1",  "1.01", "101",
                                            "11",  "1e2", "1e-2", "1001", "1e20", "0",
                                            "-10", "12",  "120",  "1.2"};
    for (const auto& a : texts) {
        for (const auto& b : texts) {
            EXPECT_EQ(normal(a) == normal(b), a == b) << a << " " << b;
        }
    }
}

TEST(ParseNumber, KeepsEveryDigitOfLongNumbers) {
    const std::string digits = std::string(999, '7').append(1, '1');
    const auto number = parse(digits);
    ASSERT_TRUE(number);
    EXPECT_EQ(std::string_view(number->digits), digits);
    EXPECT_EQ(number->integer_digits(), 1000);
    EXPECT_NE(normal(digits), normal(std::string(999, '7').append(1, '2')));
    EXPECT_EQ(normal(digits), normal(digits + ".000e0"));
    EXPECT_EQ(normal("1" + std::string(1000, '0')), "1e1000");
    EXPECT_EQ(normal("0." + std::string(999, '0') + "1"), "1e-1000");
    EXPECT_EQ(normal("0." + std::string(999, '0') + "1e1000"), "1e0");
}

TEST(ParseNumber, ReadsLargeExponents) {
    EXPECT_EQ(normal("1e131071"), "1e131071");
    EXPECT_EQ(normal("-1.5e-131071"), "-15e-131072");
    // So large that it might not fit somewhere: a value of its own or no number, but no other
    // value and no overflow.
    for (const char* text :
         {"1e2147483648", "1e4294967296", "1e9223372036854775807", "1e9223372036854775808",
          "1e18446744073709551616", "1e-9223372036854775808", "1e99999999999999999999999"}) {
        const std::string form = normal(text);
        EXPECT_TRUE(form == "none" || form == text) << text << " became " << form;
    }
}

TEST(NumberText, CountsIntegerDigits) {
    EXPECT_EQ(parse("123.45")->integer_digits(), 3);
    EXPECT_EQ(parse("1e5")->integer_digits(), 6);
    EXPECT_EQ(parse("0.5")->integer_digits(), 0);
    EXPECT_EQ(parse("0.005")->integer_digits(), -2);
    EXPECT_EQ(parse("0")->integer_digits(), 0);
}

TEST(NumberText, NormalFormCanBeReadAgain) {
    for (const char* text : {"0", "-0.5", "1e300", "123.456", "-1e-300", "7"}) {
        EXPECT_EQ(normal(normal(text)), normal(text)) << text;
    }
}

TEST(NumberText, PlainNotation) {
    EXPECT_EQ(plain("0"), "0");
    EXPECT_EQ(plain("-0.0"), "0");
    EXPECT_EQ(plain("7"), "7");
    EXPECT_EQ(plain("7.0"), "7");
    EXPECT_EQ(plain("7.50"), "7.5");
    EXPECT_EQ(plain("-7.5"), "-7.5");
    EXPECT_EQ(plain("1.2e3"), "1200");
    EXPECT_EQ(plain("-5e-2"), "-0.05");
    EXPECT_EQ(plain("0.5"), "0.5");
    EXPECT_EQ(plain("-0.5"), "-0.5");
    EXPECT_EQ(plain("123.456"), "123.456");
    EXPECT_EQ(plain("1e10"), "10000000000");
    EXPECT_EQ(plain("12345678901234567890.5"), "12345678901234567890.5");
}

TEST(NumberText, PlainNotationIsBounded) {
    EXPECT_EQ(plain("1e9", 10), "1000000000");
    EXPECT_LE(plain("1e1000000000000", 100).size(), 100U);
    EXPECT_LE(plain("1e-1000000000000", 100).size(), 100U);
    EXPECT_NE(plain("1e1000000000000", 100), plain("1e1000000000001", 100));
}

TEST(NumberPrefix, IsTheLongestNumberAtTheBeginning) {
    const std::pair<const char*, std::size_t> examples[] = {
        {"1.5cm", 3},  {"10", 2},   {"10 cm", 2}, {"1e5m", 3}, {"1e", 1},   {"1em", 1}, {"1e+m", 1},
        {"1E-2kg", 4}, {"-3ft", 2}, {"+3ft", 2},  {".5l", 2},  {"5.l", 2},  {"cm", 0},  {"", 0},
        {"-", 0},      {".", 0},    {"-.e1", 0},  {" 1", 0},   {"1.2.3", 3}};
    for (const auto& [text, length] : examples) {
        EXPECT_EQ(core::number_prefix(text), length) << text;
    }
}

TEST(Multiply, IsExact) {
    const auto product = [](const char* text, std::uint64_t factor, int shift) {
        return normal(core::multiply(*parse(text), factor, shift));
    };
    EXPECT_EQ(product("1", 1, 0), "1e0");
    EXPECT_EQ(product("0", 254, -1), "0e0");
    EXPECT_EQ(product("10", 254, -1), "254e0");
    EXPECT_EQ(product("-0.5", 45359237, -5), "-226796185e-6");
    EXPECT_EQ(product("99999999999999999999", 28349523125, -9),
              "2834952312499999999971650476875e-9");
    EXPECT_EQ(product("4", 25, 0), "1e2");
    EXPECT_EQ(product("8", 125, 3), "1e6");
}

TEST(Multiply, TakesLongNumbers) {
    // 999…9 (1,000 nines) × 9144 is 9143 99…9 0856 with 996 nines.
    const auto number = parse(std::string(1000, '9'));
    EXPECT_EQ(normal(core::multiply(*number, 9144, 0)), "9143" + std::string(996, '9') + "0856e0");
}

TEST(Multiply, RefusesFactorsThatItCannotTake) {
    EXPECT_THROW((void)core::multiply(*parse("1"), 0, 0), std::invalid_argument);
    EXPECT_THROW((void)core::multiply(*parse("1"), UINT64_MAX, 0), std::invalid_argument);
}

}  // namespace
}  // namespace cart::test
