#include "core/money.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "support/json_text.hpp"

namespace cart::test {
namespace {

using core::Decimal;
using core::Line;

Decimal dec(std::string_view text) { return Decimal::parse(text).value(); }

TEST(MinorDigits, FollowIso4217) {
    for (const char* currency : {"EUR", "USD", "GBP", "CHF", "INR", "CNY", "HUF", "TWD", "MGA"}) {
        EXPECT_EQ(core::minor_digits(currency), 2) << currency;
    }
    for (const char* currency : {"JPY", "KRW", "CLP", "ISK", "VND", "XAF", "XOF", "XPF", "PYG",
                                 "UGX", "RWF", "BIF", "DJF", "GNF", "KMF", "VUV", "UYI"}) {
        EXPECT_EQ(core::minor_digits(currency), 0) << currency;
    }
    for (const char* currency : {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}) {
        EXPECT_EQ(core::minor_digits(currency), 3) << currency;
    }
    EXPECT_EQ(core::minor_digits("CLF"), 4);
    EXPECT_EQ(core::minor_digits("UYW"), 4);
}

TEST(MinorDigits, AreTwoWithoutACurrency) {
    EXPECT_EQ(core::minor_digits(""), 2);
    EXPECT_EQ(core::minor_digits("???"), 2);
}

TEST(LineSubtotal, RoundsHalvesUp) {
    EXPECT_EQ(core::line_subtotal(dec("9.90"), 2, 2), dec("19.80"));
    EXPECT_EQ(core::line_subtotal(dec("0.335"), 3, 2), dec("1.01"));
    EXPECT_EQ(core::line_subtotal(dec("1.005"), 1, 2), dec("1.01"));
    EXPECT_EQ(core::line_subtotal(dec("1.0049"), 1, 2), dec("1"));
    EXPECT_EQ(core::line_subtotal(dec("0.5"), 1, 0), Decimal(1));
    EXPECT_EQ(core::line_subtotal(dec("2.0005"), 1, 3), dec("2.001"));
    EXPECT_EQ(core::line_subtotal(dec("3.99"), dec("0.125"), 2), dec("0.50"));
}

TEST(LineSubtotal, OfNoPriceIsZero) {
    EXPECT_EQ(core::line_subtotal(std::nullopt, 5, 2), Decimal(0));
    EXPECT_EQ(core::line_subtotal(dec("0"), 5, 2), Decimal(0));
}

TEST(LineSubtotal, IsExactForLargeNumbers) {
    const std::string nines(30, '9');
    EXPECT_EQ(core::line_subtotal(dec(nines), dec(nines), 2), dec(nines) * dec(nines));
}

TEST(Total, IsZeroWithoutLines) {
    const auto totals = core::total({}, 2);
    EXPECT_EQ(totals.lines, 0U);
    EXPECT_EQ(totals.quantity, Decimal(0));
    EXPECT_EQ(totals.subtotal, Decimal(0));
}

// Each line is rounded for itself: 3 × 0.01, not 0.015 rounded.
TEST(Total, SumsRoundedLines) {
    const std::vector<Line> lines = {{.key = {}, .quantity = 1, .unit_price = dec("0.005")},
                                     {.key = {}, .quantity = 1, .unit_price = dec("0.005")},
                                     {.key = {}, .quantity = 1, .unit_price = dec("0.005")},
                                     {.key = {}, .quantity = dec("2.5"), .unit_price = {}}};
    const auto totals = core::total(lines, 2);
    EXPECT_EQ(totals.lines, 4U);
    EXPECT_EQ(totals.quantity, dec("5.5"));
    EXPECT_EQ(totals.subtotal, dec("0.03"));
}

}  // namespace
}  // namespace cart::test
