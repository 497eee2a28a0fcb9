#include "core/money.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "core/error.hpp"
#include "support/json_text.hpp"

namespace cart::test {
namespace {

using core::Decimal;
using core::Discount;
using core::Discounts;
using core::MoneyRules;
using core::PricedLine;
using core::Rounding;
using core::TaxRounding;
using core::Totals;

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

// A line of that price and quantity, taxed at that rate.
PricedLine line(std::string_view price, std::string_view quantity = "1",
                std::string_view tax_rate = "0") {
    return {.quantity = dec(quantity), .unit_price = dec(price), .tax_rate = dec(tax_rate)};
}

Discount percent(std::string_view value) {
    return {.type = Discount::Type::percent, .value = dec(value)};
}
Discount amount(std::string_view value) {
    return {.type = Discount::Type::amount, .value = dec(value)};
}

Totals total_of(const std::vector<PricedLine>& lines, const Discounts& discounts = {},
                const MoneyRules& rules = {}, int digits = 2) {
    return core::total(lines, discounts, digits, rules);
}

constexpr MoneyRules inclusive = {.price_includes_tax = true};
constexpr MoneyRules by_total = {.tax_rounding = TaxRounding::total};
constexpr MoneyRules inclusive_by_total = {.tax_rounding = TaxRounding::total,
                                           .price_includes_tax = true};
constexpr MoneyRules half_even = {.rounding = Rounding::half_even};

Decimal subtotal(std::string_view price, std::string_view quantity, int digits,
                 const MoneyRules& rules = {}) {
    return total_of({line(price, quantity)}, {}, rules, digits).amounts.subtotal;
}

TEST(Subtotal, IsRoundedOnce) {
    EXPECT_EQ(subtotal("9.90", "2", 2), dec("19.80"));
    EXPECT_EQ(subtotal("0.335", "3", 2), dec("1.01"));
    EXPECT_EQ(subtotal("1.005", "1", 2), dec("1.01"));
    EXPECT_EQ(subtotal("1.0049", "1", 2), dec("1"));
    EXPECT_EQ(subtotal("0.5", "1", 0), Decimal(1));
    EXPECT_EQ(subtotal("2.0005", "1", 3), dec("2.001"));
    EXPECT_EQ(subtotal("3.99", "0.125", 2), dec("0.50"));
    EXPECT_EQ(subtotal("1.005", "1", 2, half_even), dec("1"));
}

TEST(Subtotal, OfNoPriceIsZero) {
    EXPECT_EQ(total_of({{.quantity = 5}}).amounts.subtotal, Decimal(0));
    EXPECT_EQ(subtotal("0", "5", 2), Decimal(0));
}

// Numbers have any size, so there is no overflow: the sum is right, however large.
TEST(Subtotal, IsExactForLargeNumbers) {
    const std::string nines(30, '9');
    EXPECT_EQ(subtotal(nines, nines, 2), dec(nines) * dec(nines));
    const Totals totals =
        total_of(std::vector<PricedLine>(1000, line(nines, nines, "0.5")), {percent("50")});
    const Decimal each = dec(nines) * dec(nines);
    EXPECT_EQ(totals.amounts.subtotal, each * Decimal(1000));
    EXPECT_EQ(totals.amounts.discount + totals.amounts.discount, totals.amounts.subtotal);
}

TEST(Total, IsZeroWithoutLines) {
    const Totals totals = total_of({}, {amount("5")});
    EXPECT_EQ(totals.quantity, Decimal(0));
    EXPECT_EQ(totals.amounts, core::Amounts());
    EXPECT_TRUE(totals.lines.empty());
}

// Each line is rounded for itself: 3 × 0.01, not 0.015 rounded.
TEST(Total, SumsRoundedLines) {
    const Totals totals =
        total_of({line("0.005"), line("0.005"), line("0.005"), {.quantity = dec("2.5")}});
    EXPECT_EQ(totals.quantity, dec("5.5"));
    EXPECT_EQ(totals.amounts.subtotal, dec("0.03"));
}

TEST(Discounts, AreAppliedInOrderAndNeverBelowZero) {
    PricedLine ten_then_five = line("100");
    ten_then_five.discounts = {percent("10"), amount("5")};
    EXPECT_EQ(total_of({ten_then_five}).amounts.promo_discount, dec("15"));
    PricedLine five_then_ten = line("100");
    five_then_ten.discounts = {amount("5"), percent("10")};
    EXPECT_EQ(total_of({five_then_ten}).amounts.promo_discount, dec("14.50"));
    PricedLine too_much = line("3");
    too_much.discounts = {amount("5"), amount("1"), percent("50")};
    EXPECT_EQ(total_of({too_much}).amounts.promo_discount, dec("3"));
    EXPECT_EQ(total_of({too_much}).amounts.total, dec("0"));
    EXPECT_EQ(total_of({line("3")}, {amount("5")}).amounts.total, dec("0"));
}

TEST(Discounts, OfTheCartLeaveOutWhatIsNotDiscountable) {
    PricedLine voucher = line("50");
    voucher.discountable = false;
    const Totals totals = total_of({voucher, line("50")}, {percent("10")});
    EXPECT_EQ(totals.amounts.discount, dec("5"));
    EXPECT_EQ(totals.lines[0].discount, dec("0"));
    EXPECT_EQ(totals.lines[1].discount, dec("5"));
    EXPECT_EQ(total_of({voucher}, {amount("10")}).amounts.discount, dec("0"));
}

// Seven equal lines, three cents off: less than a cent for each. Vendure prorates for that
// (vendurehq/vendure, packages/core/src/service/helpers/order-calculator/prorate.ts).
TEST(Discounts, GoToTheEarlierOfEqualLines) {
    const Totals totals = total_of(std::vector<PricedLine>(7, line("1")), {amount("0.03")});
    for (std::size_t i = 0; i < 7; ++i) {
        EXPECT_EQ(totals.lines[i].discount, dec(i < 3 ? "0.01" : "0")) << i;
    }
    EXPECT_EQ(totals.amounts.total, dec("6.97"));
}

// A free line among paid ones, also at the end, where others lose the remainder to it
// (flexprice/flexprice#1020).
TEST(Discounts, LeaveAFreeLineFree) {
    const Totals totals = total_of({line("0"), line("10"), line("20")}, {amount("10")});
    EXPECT_EQ(totals.lines[0], core::Amounts());
    EXPECT_EQ(totals.lines[1].discount, dec("3.33"));
    EXPECT_EQ(totals.lines[2].discount, dec("6.67"));
    EXPECT_EQ(total_of({line("10"), line("20"), line("0")}, {amount("10")}).lines[2],
              core::Amounts());
    EXPECT_EQ(total_of({line("0"), line("0")}, {amount("10")}).amounts.discount, dec("0"));
}

// Ten francs over three equal lines came to 9.99 (duncanmcclean/statamic-cargo#168).
TEST(Discounts, LoseNoCent) {
    const Totals totals = total_of(std::vector<PricedLine>(3, line("100")), {amount("10")});
    EXPECT_EQ(totals.lines[0].discount, dec("3.34"));
    EXPECT_EQ(totals.lines[2].discount, dec("3.33"));
    EXPECT_EQ(totals.amounts.discount, dec("10"));
}

// 45 + 49 at 21 %: summing rounded parts and rounding the sum agree or not, by the mode.
TEST(Tax, Of45And49At21Percent) {
    const std::vector<PricedLine> lines = {line("45", "1", "0.21"), line("49", "1", "0.21")};
    EXPECT_EQ(total_of(lines).amounts.tax, dec("19.74"));
    EXPECT_EQ(total_of(lines, {}, by_total).amounts.tax, dec("19.74"));
    EXPECT_EQ(total_of(lines, {}, inclusive).lines[0].tax, dec("7.81"));
    EXPECT_EQ(total_of(lines, {}, inclusive).lines[1].tax, dec("8.50"));
    EXPECT_EQ(total_of(lines, {}, inclusive).amounts.tax, dec("16.31"));
    EXPECT_EQ(total_of(lines, {}, inclusive_by_total).amounts.tax, dec("16.31"));
    EXPECT_EQ(total_of(lines, {}, inclusive).amounts.total, dec("94"));
}

// 2 × 379 including 21 %: 131.55 by line; 65.78 a piece would have made 131.56.
TEST(Tax, IsOfTheLineNotOfThePiece) {
    EXPECT_EQ(total_of({line("379", "2", "0.21")}, {}, inclusive).amounts.tax, dec("131.55"));
    const std::vector<PricedLine> pieces(2, line("379", "1", "0.21"));
    EXPECT_EQ(total_of(pieces, {}, inclusive).amounts.tax, dec("131.56"));
    EXPECT_EQ(total_of(pieces, {}, inclusive_by_total).amounts.tax, dec("131.55"));
}

// 5.63 × 4 at 22 %: 4.95, where taxing the piece made 4.96 (odoo/odoo#12039). And 7.50 × 4 less
// 0.98 at 20 %: dividing what is left by the quantity, and multiplying again, made 5.81
// (shopperlabs/shopper#587).
TEST(Tax, IsNotOfTheRoundedPiece) {
    EXPECT_EQ(total_of({line("5.63", "4", "0.22")}).amounts.tax, dec("4.95"));
    PricedLine discounted = line("7.50", "4", "0.2");
    discounted.discounts = {amount("0.98")};
    EXPECT_EQ(total_of({discounted}).amounts.tax, dec("5.80"));
}

// 10.70 at 21 %, two lines or one of two (woocommerce/woocommerce#18710).
TEST(Tax, OfTwoLinesMayDifferFromOneOfTwo) {
    const std::vector<PricedLine> lines(2, line("10.70", "1", "0.21"));
    EXPECT_EQ(total_of(lines).amounts.total, dec("25.90"));
    EXPECT_EQ(total_of({line("10.70", "2", "0.21")}).amounts.total, dec("25.89"));
    EXPECT_EQ(total_of(lines, {}, by_total).amounts.total, dec("25.89"));
}

// 1.08 × 3 at 19 %: 0.62 by line, 0.63 where each unit is a line, 0.62 again by the total.
TEST(Tax, Of108Times3At19Percent) {
    EXPECT_EQ(total_of({line("1.08", "3", "0.19")}).amounts.tax, dec("0.62"));
    const std::vector<PricedLine> units(3, line("1.08", "1", "0.19"));
    EXPECT_EQ(total_of(units).amounts.tax, dec("0.63"));
    const Totals together = total_of(units, {}, by_total);
    EXPECT_EQ(together.amounts.tax, dec("0.62"));
    EXPECT_EQ(together.lines[0].tax, dec("0.21"));
    EXPECT_EQ(together.lines[2].tax, dec("0.20"));
}

TEST(Tax, ByTotalIsRoundedForEachRate) {
    const Totals totals = total_of({line("0.10", "1", "0.19"), line("0.10", "1", "0.07"),
                                    line("0.10", "1", "0.19"), line("0.10")},
                                   {}, by_total);
    EXPECT_EQ(totals.amounts.tax, dec("0.05"));  // 0.038 and 0.007
    EXPECT_EQ(totals.lines[3].tax, dec("0"));
}

TEST(Tax, IsOfWhatDiscountsLeave) {
    const Totals totals = total_of({line("100", "1", "0.2")}, {percent("10")});
    EXPECT_EQ(totals.amounts.tax, dec("18"));
    EXPECT_EQ(totals.amounts.total, dec("108"));
    EXPECT_EQ(total_of({line("100", "1", "0.2")}, {percent("10")}, inclusive).amounts.tax,
              dec("15"));
}

TEST(Tax, RoundsHalvesAsAskedFor) {
    EXPECT_EQ(total_of({line("0.50", "1", "0.25")}).amounts.tax, dec("0.13"));
    EXPECT_EQ(total_of({line("0.50", "1", "0.25")}, {}, half_even).amounts.tax, dec("0.12"));
}

TEST(Modes, HaveNames) {
    EXPECT_EQ(core::read_rounding("half_up"), Rounding::half_up);
    EXPECT_EQ(core::read_rounding("half_even"), Rounding::half_even);
    EXPECT_EQ(core::read_tax_rounding("line"), TaxRounding::line);
    EXPECT_EQ(core::read_tax_rounding("total"), TaxRounding::total);
    EXPECT_THROW((void)core::read_rounding("up"), core::Error);
    EXPECT_THROW((void)core::read_tax_rounding("unit"), core::Error);
}

Discounts read(std::string_view text) {
    TextReader reader(text);
    const core::JsonToken first = reader.next();
    return core::read_discounts(first, reader);
}

TEST(ReadDiscounts, TakesOneOrSeveralOrNone) {
    EXPECT_TRUE(read("null").empty());
    EXPECT_TRUE(read("[]").empty());
    EXPECT_TRUE(read("{}").empty());
    const Discounts one = read(R"({"type": "percent", "value": 10.0, "code": {"a": [1]}})");
    ASSERT_EQ(one.size(), 1U);
    EXPECT_EQ(one[0].type, Discount::Type::percent);
    EXPECT_EQ(one[0].value, dec("10"));
    const Discounts two =
        read(R"([{"type": "amount", "value": 5}, {"value": 0, "type": "percent"}])");
    ASSERT_EQ(two.size(), 2U);
    EXPECT_EQ(two[0].type, Discount::Type::amount);
}

TEST(ReadDiscounts, RefusesWhatIsNone) {
    for (const char* text :
         {"1", "\"x\"", "true", R"({"type": "percent"})", R"({"value": 1})",
          R"({"type": "half", "value": 1})", R"({"type": 1, "value": 1})",
          R"({"type": "percent", "value": "10"})", R"({"type": "percent", "value": -1})",
          R"({"type": "percent", "value": 100.01})", R"({"type": "amount", "value": -0.01})",
          R"({"type": "amount", "value": null})", R"([[]])", R"([1])",
          R"([{"type": "percent", "value": 1}, {"value": 1}])"}) {
        try {
            (void)read(text);
            ADD_FAILURE() << text;
        } catch (const core::Error& error) {
            EXPECT_EQ(error.code(), core::ErrorCode::invalid_parameter) << text;
        }
    }
    std::string many = "[";
    for (int i = 0; i <= 100; ++i) {
        many += std::string(i == 0 ? "" : ",") + R"({"type": "percent", "value": 1})";
    }
    EXPECT_THROW((void)read(many + "]"), core::Error);
}

}  // namespace
}  // namespace cart::test
