#include "core/decimal.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "support/json_text.hpp"

namespace cart::test {
namespace {

using core::Decimal;
using core::Rounding;

Decimal dec(std::string_view text) { return Decimal::parse(text).value(); }

TEST(Decimal, IsZeroByDefault) {
    EXPECT_TRUE(Decimal().is_zero());
    EXPECT_EQ(Decimal().sign(), 0);
    EXPECT_EQ(Decimal().to_string(), "0");
    EXPECT_EQ(Decimal(), dec("-0.00"));
}

TEST(Decimal, ParsesJsonNotations) {
    EXPECT_EQ(dec("19.80").to_string(), "19.8");
    EXPECT_EQ(dec("1e3").to_string(), "1000");
    EXPECT_EQ(dec("-12.5E-1").to_string(), "-1.25");
    EXPECT_EQ(dec("0.000").to_string(), "0");
    EXPECT_EQ(dec("0.007").to_string(), "0.007");
}

TEST(Decimal, RefusesWhatIsNoNumber) {
    for (const char* text : {"", "x", "1x", " 1", "NaN", "Infinity", "1e", "--1", "0x1"}) {
        EXPECT_FALSE(Decimal::parse(text)) << text;
    }
}

TEST(Decimal, BoundsItsDigits) {
    const std::string thirty(30, '9');
    EXPECT_EQ(dec(thirty).to_string(), thirty);
    EXPECT_EQ(dec("0." + thirty).to_string(), "0." + thirty);
    EXPECT_EQ(dec(thirty + "." + thirty).to_string(), thirty + "." + thirty);
    const std::string zeros(29, '0');
    EXPECT_EQ(dec("1e29").to_string(), "1" + zeros);
    EXPECT_EQ(dec("1e-30").to_string(), "0." + zeros + "1");
    // Zeros that say nothing do not count.
    const std::string many(1000, '0');
    EXPECT_EQ(dec("1." + many).to_string(), "1");
    EXPECT_EQ(dec(many + "1").to_string(), "1");
    for (const std::string& text :
         {thirty + "9", "0.9" + thirty, std::string("1e30"), std::string("1e-31"),
          std::string("1e1000000"), std::string("1e-1000000"), std::string(1000, '1')}) {
        EXPECT_FALSE(Decimal::parse(text)) << text;
    }
}

TEST(Decimal, TakesAnyInteger) {
    EXPECT_EQ(Decimal(std::numeric_limits<long long>::min()).to_string(), "-9223372036854775808");
    EXPECT_EQ(Decimal(std::numeric_limits<long long>::max()).to_string(), "9223372036854775807");
    EXPECT_EQ(Decimal(1000), dec("1e3"));
}

TEST(Decimal, Adds) {
    EXPECT_EQ(dec("0.1") + dec("0.2"), dec("0.3"));
    EXPECT_EQ(dec("99.99") + dec("0.01"), dec("100"));
    EXPECT_EQ(dec("-5") + dec("5"), Decimal(0));
    EXPECT_EQ(dec("1e29") + dec("1e-30"),
              dec("1" + std::string(29, '0') + "." + std::string(29, '0') + "1"));
    Decimal sum;
    sum += dec("1.5");
    sum += dec("2.5");
    EXPECT_EQ(sum, Decimal(4));
}

TEST(Decimal, Subtracts) {
    EXPECT_EQ(dec("0.3") - dec("0.1"), dec("0.2"));
    EXPECT_EQ(dec("1") - dec("1.000"), Decimal(0));
    EXPECT_EQ(dec("1") - dec("2.5"), dec("-1.5"));
}

TEST(Decimal, Multiplies) {
    EXPECT_EQ(dec("9.90") * dec("2"), dec("19.8"));
    EXPECT_EQ(dec("-0.5") * dec("0.2"), dec("-0.1"));
    EXPECT_EQ(dec("123456789.5") * dec("0"), Decimal(0));
    const std::string nines(30, '9');
    EXPECT_EQ((dec(nines) * dec(nines)).to_string(),
              "999999999999999999999999999998000000000000000000000000000001");
}

// Where a coefficient just fits a word, and where it no longer does.
TEST(Decimal, GoesOnBeyondAWord) {
    const Decimal most(INT64_MAX);
    const Decimal least(INT64_MIN);
    EXPECT_EQ((most + Decimal(1)).to_string(), "9223372036854775808");
    EXPECT_EQ((least - Decimal(1)).to_string(), "-9223372036854775809");
    EXPECT_EQ(most + Decimal(1) - Decimal(1), most);
    EXPECT_EQ(least - Decimal(1) + Decimal(1), least);
    EXPECT_EQ(dec("-9223372036854775808"), least);
    EXPECT_EQ(Decimal(0) - (most + Decimal(1)), least);
    EXPECT_EQ((most * most).to_string(), "85070591730234615847396907784232501249");
    EXPECT_EQ((least * Decimal(-1)).to_string(), "9223372036854775808");
    EXPECT_LT(most, most + dec("0.1"));
    EXPECT_GT(least, least - dec("0.1"));
    EXPECT_EQ(dec("9223372036854775807000"), most * Decimal(1000));
    const Decimal big = most * most;
    Decimal copy = big;
    EXPECT_EQ(copy, big);
    copy = most;
    EXPECT_NE(copy, big);
    copy = big;
    EXPECT_EQ(copy - big, Decimal(0));
}

TEST(Decimal, Compares) {
    EXPECT_LT(dec("-1"), dec("0"));
    EXPECT_LT(dec("9"), dec("10"));
    EXPECT_LT(dec("0.9"), dec("0.91"));
    EXPECT_LT(dec("-0.91"), dec("-0.9"));
    EXPECT_GT(dec("1e20"), dec("99999999999999999999"));
    EXPECT_LT(dec("1e-30"), dec("1e-29"));
    EXPECT_EQ(dec("1.0"), dec("1e0"));
    EXPECT_TRUE((dec("2.50") <=> dec("2.5")) == std::strong_ordering::equal);
    EXPECT_LE(dec("2.50"), dec("2.5"));
}

TEST(Decimal, KnowsItsSign) {
    EXPECT_EQ(dec("-0.001").sign(), -1);
    EXPECT_EQ(dec("0.001").sign(), 1);
    EXPECT_EQ(dec("-0").sign(), 0);
}

TEST(Decimal, CountsFractionDigits) {
    EXPECT_EQ(dec("1.25").fraction_digits(), 2);
    EXPECT_EQ(dec("1.250").fraction_digits(), 2);
    EXPECT_EQ(dec("100").fraction_digits(), 0);
    EXPECT_EQ(dec("0").fraction_digits(), 0);
}

TEST(Decimal, RoundsHalvesToTheEvenOne) {
    EXPECT_EQ(dec("2.5").rounded(0, Rounding::half_even), Decimal(2));
    EXPECT_EQ(dec("3.5").rounded(0, Rounding::half_even), Decimal(4));
    EXPECT_EQ(dec("-2.5").rounded(0, Rounding::half_even), Decimal(-2));
    EXPECT_EQ(dec("2.51").rounded(0, Rounding::half_even), Decimal(3));
    EXPECT_EQ(dec("1.005").rounded(2, Rounding::half_even), dec("1"));
    EXPECT_EQ(dec("1.015").rounded(2, Rounding::half_even), dec("1.02"));
}

TEST(Decimal, CountsUnits) {
    EXPECT_EQ(dec("1.005").to_units(2, Rounding::half_up), 101);
    EXPECT_EQ(dec("12").to_units(3, Rounding::half_up), 12000);
    EXPECT_EQ(dec("1234").to_units(-2, Rounding::half_up), 12);
    EXPECT_EQ(dec("1250").to_units(-2, Rounding::half_even), 12);
    EXPECT_EQ(Decimal::from_units(1980, 2).to_string(2), "19.80");
    EXPECT_EQ(dec("19.8").word_units(2), 1980);
    EXPECT_EQ(dec("-19.8").word_units(4), -198000);
    EXPECT_EQ(dec("0").word_units(30), 0);
    EXPECT_EQ(dec("1.005").word_units(2), std::nullopt);
    EXPECT_EQ(dec("1e18").word_units(0), 1'000'000'000'000'000'000);
    EXPECT_EQ(dec("1e18").word_units(1), std::nullopt);
    EXPECT_EQ(dec("9223372036854775807").word_units(0), INT64_MAX);
    EXPECT_EQ(dec("9223372036854775808").word_units(0), std::nullopt);
}

TEST(Decimal, DividesAndRounds) {
    EXPECT_EQ(dec("10").over(dec("3"), Rounding::half_up), 3);
    EXPECT_EQ(dec("15").over(dec("1.2"), Rounding::half_up), 13);
    EXPECT_EQ(dec("15").over(dec("1.2"), Rounding::half_even), 12);
    EXPECT_EQ(dec("-15").over(dec("1.2"), Rounding::half_up), -13);
}

TEST(Decimal, RoundsHalvesAwayFromZero) {
    EXPECT_EQ(dec("1.005").rounded(2, Rounding::half_up), dec("1.01"));
    EXPECT_EQ(dec("1.0049999").rounded(2, Rounding::half_up), dec("1"));
    EXPECT_EQ(dec("2.5").rounded(0, Rounding::half_up), Decimal(3));
    EXPECT_EQ(dec("0.5").rounded(0, Rounding::half_up), Decimal(1));
    EXPECT_EQ(dec("0.49").rounded(0, Rounding::half_up), Decimal(0));
    EXPECT_EQ(dec("-1.005").rounded(2, Rounding::half_up), dec("-1.01"));
    EXPECT_EQ(dec("-2.5").rounded(0, Rounding::half_up), Decimal(-3));
    EXPECT_EQ(dec("-2.4").rounded(0, Rounding::half_up), Decimal(-2));
    EXPECT_EQ(dec("-0.5").rounded(0, Rounding::half_up), Decimal(-1));
    EXPECT_EQ(dec("-0.4").rounded(0, Rounding::half_up), Decimal(0));
    EXPECT_EQ(dec("9.995").rounded(2, Rounding::half_up), Decimal(10));
    EXPECT_EQ(dec("1e-30").rounded(2, Rounding::half_up), Decimal(0));
    EXPECT_EQ(dec("7").rounded(2, Rounding::half_up), Decimal(7));
    EXPECT_EQ(dec("1.25").rounded(2, Rounding::half_up), dec("1.25"));
    EXPECT_EQ(dec("1.25").rounded(30, Rounding::half_up), dec("1.25"));
}

TEST(Decimal, WritesPlainNotation) {
    EXPECT_EQ(dec("19.8").to_string(2), "19.80");
    EXPECT_EQ(dec("20").to_string(2), "20.00");
    EXPECT_EQ(dec("0").to_string(2), "0.00");
    EXPECT_EQ(dec("0").to_string(0), "0");
    EXPECT_EQ(dec("-0.5").to_string(2), "-0.50");
    EXPECT_EQ(dec("0.05").to_string(2), "0.05");
    EXPECT_EQ(dec("-0.05").to_string(), "-0.05");
    EXPECT_EQ(dec("1.2345").to_string(2), "1.2345");
    EXPECT_EQ(dec("1e20").to_string(), "100000000000000000000");
    EXPECT_EQ(dec("5").to_string(3), "5.000");
}

}  // namespace
}  // namespace cart::test
