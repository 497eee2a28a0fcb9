#include "core/measure.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cart::test {
namespace {

using core::MeasureKind;

// The value in the base unit and the kind: "254e0L"; "none" for no measure.
std::string read(std::string_view text) {
    const auto found = core::parse_measure(text, std::pmr::get_default_resource());
    if (!found) {
        return "none";
    }
    std::pmr::string out;
    found->value.append_normal(out);
    out += static_cast<char>(found->kind);
    return std::string(out);
}

TEST(Measure, EveryUnitInItsBaseUnit) {
    EXPECT_EQ(read("1mm"), "1e0L");
    EXPECT_EQ(read("1cm"), "1e1L");
    EXPECT_EQ(read("1m"), "1e3L");
    EXPECT_EQ(read("1in"), "254e-1L");
    EXPECT_EQ(read("1ft"), "3048e-1L");
    EXPECT_EQ(read("1yd"), "9144e-1L");
    EXPECT_EQ(read("1g"), "1e0M");
    EXPECT_EQ(read("1kg"), "1e3M");
    EXPECT_EQ(read("1oz"), "28349523125e-9M");
    EXPECT_EQ(read("1lb"), "45359237e-5M");
    EXPECT_EQ(read("1ml"), "1e0V");
    EXPECT_EQ(read("1l"), "1e3V");
}

TEST(Measure, ConversionsAreExact) {
    const std::pair<const char*, const char*> equal[] = {
        {"1in", "25.4mm"},        {"1in", "2.54cm"},
        {"1ft", "12in"},          {"1yd", "3ft"},
        {"1yd", "36in"},          {"1yd", "0.9144m"},
        {"1lb", "16oz"},          {"1lb", "453.59237g"},
        {"1oz", "28.349523125g"}, {"0.5lb", "8oz"},
        {"1kg", "1000g"},         {"0.1kg", "100 g"},
        {"1m", "100cm"},          {"1m", "1000mm"},
        {"10cm", "100 mm"},       {"1l", "1000ml"},
        {"0.5l", "500ml"},        {"2e3ml", "2l"},
        {"2.50kg", "2.5kg"},      {"100000000000in", "2540000000m"},
        {"1e30l", "1e33ml"},      {"0mm", "0ft"},
        {"-1in", "-25.4mm"},      {"0.1in", "2.54mm"},
        {"1760yd", "1609.344m"},  {"35lb", "560oz"}};
    for (const auto& [a, b] : equal) {
        EXPECT_EQ(read(a), read(b)) << a << " " << b;
        EXPECT_NE(read(a), "none") << a;
    }
}

TEST(Measure, NearIsNotEqual) {
    const std::pair<const char*, const char*> different[] = {
        {"1in", "25.400000000000000000000000000001mm"},
        {"1lb", "453.592370000000000000001g"},
        {"1lb", "453.6g"},
        {"1yd", "0.914m"},
        {"1l", "1000g"},
        {"1m", "1l"},
        {"1g", "1ml"},
        {"1mm", "1g"},
        {"0mm", "0g"}};
    for (const auto& [a, b] : different) {
        EXPECT_NE(read(a), read(b)) << a << " " << b;
    }
}

TEST(Measure, NotationsOfTheNumber) {
    for (const char* text : {"10cm", "10 cm", "10.0cm", "1e1cm", "1E1 cm", "+10cm", "010cm",
                             "10.cm", "10\u00a0cm", "10\t cm", "0100.0e-1cm", "10  cm"}) {
        EXPECT_EQ(read(text), "1e2L") << text;
    }
    EXPECT_EQ(read(".5l"), read("500ml"));
    EXPECT_EQ(read("-0kg"), "0e0M");
}

TEST(Measure, TakesNothingElse) {
    for (const char* text :
         {"",     "cm",     "10",    "10 ",   "10km",  "10dm",  "10lbs",        "10 inches",
          "10\"", "10 '",   "10cmx", "10c m", "1 0cm", "10cm2", "10 cm x 5 cm", "10,5cm",
          "e1cm", ".cm",    "-cm",   "10CM",  "10Kg",  "10ML",  "10 L",         "10µm",
          "10t",  "ten cm", "10mm²", "1/2in", "10ecm", "1e5"}) {
        EXPECT_EQ(read(text), "none") << text;
    }
}

TEST(Measure, TakesLongNumbers) {
    const std::string digits(1000, '7');
    EXPECT_EQ(read(digits + "m"), read(digits + "000mm"));
    EXPECT_EQ(read(digits + "m"), read(digits + "00cm"));
    EXPECT_NE(read(digits + "m"), read(digits + "001mm"));
}

TEST(Measure, OfValueAndUnit) {
    const auto number = core::parse_number("10", std::pmr::get_default_resource());
    const auto found = core::measure(*number, "cm");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->kind, MeasureKind::length);
    EXPECT_EQ(found->value.integer_digits(), 3);
    for (const char* unit : {"", " cm", "CM", "km", "c", "mmm"}) {
        EXPECT_FALSE(core::measure(*number, unit)) << unit;
    }
}

}  // namespace
}  // namespace cart::test
