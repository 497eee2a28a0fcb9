#include "core/item.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "support/json_text.hpp"

namespace cart::test {
namespace {

using core::Decimal;
using core::Error;
using core::ErrorCode;
using nlohmann::json;

Decimal dec(std::string_view text) { return Decimal::parse(text).value(); }

// The error that reading `text` ends in.
Error error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    return {ErrorCode::cart_not_found, "no error"};
}

Error error_of(const std::string& text) {
    return error_of([&] { (void)item_of(text); });
}

// Every error has a message and a detail of a sane length that is a JSON object.
void expect_error(const std::string& text, ErrorCode code) {
    SCOPED_TRACE(text.substr(0, 200));
    const Error error = error_of(text);
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_FALSE(error.message().empty());
    EXPECT_TRUE(is_json_object(error.detail())) << error.detail();
    EXPECT_LE(error.detail().size(), 3000U);
}

std::string with(const std::string& members) { return R"({"product_id":"p",)" + members + "}"; }

// --- what is read ---

TEST(ReadItem, TheLeastItem) {
    const auto item = item_of(R"({"product_id":"mug"})");
    EXPECT_FALSE(item.quantity);
    EXPECT_FALSE(item.unit_price);
    EXPECT_EQ(item.quantity_or_one(), Decimal(1));
}

TEST(ReadItem, QuantityAndPrice) {
    const auto item = item_of(with(R"("quantity":2.50,"unit_price":9.90)"));
    EXPECT_EQ(item.quantity, dec("2.5"));
    EXPECT_EQ(item.quantity_or_one(), dec("2.5"));
    EXPECT_EQ(item.unit_price, dec("9.9"));
    EXPECT_EQ(item_of(with(R"("quantity":1e3)")).quantity, Decimal(1000));
    EXPECT_EQ(item_of(with(R"("unit_price":0)")).unit_price, Decimal(0));
    EXPECT_EQ(item_of(with(R"("unit_price":-0.00)")).unit_price, Decimal(0));
}

TEST(ReadItem, NullIsAbsent) {
    const auto item = item_of(with(R"("quantity":null,"unit_price":null)"));
    EXPECT_FALSE(item.quantity);
    EXPECT_FALSE(item.unit_price);
}

TEST(ReadItem, KeepsEveryDigit) {
    const std::string thirty(30, '7');
    const auto item = item_of(with("\"quantity\":" + thirty + "." + thirty));
    EXPECT_EQ(item.quantity->to_string(), thirty + "." + thirty);
}

TEST(ReadItem, CountsItsBytes) {
    for (const std::string& text :
         {std::string(R"({"product_id":"mug"})"),
          std::string(R"({"product_id":"mug","options":{"a":[1,2,true,null]},"title":"A mug"})"),
          with("\"x\":\"" + std::string(10'000, 'x') + "\""),
          with("\"x\":[" + std::string(5'000, '[') + std::string(5'000, ']') + "]")}) {
        const auto bytes = static_cast<double>(item_of(text).bytes);
        const auto length = static_cast<double>(text.size());
        EXPECT_GE(bytes, 0.9 * length - 10) << text.substr(0, 80);
        EXPECT_LE(bytes, 1.2 * length + 10) << text.substr(0, 80);
    }
}

TEST(ReadItem, ReadsFromASecondToken) {
    TextReader reader(R"([{"product_id":"a"},{"product_id":"b","quantity":3}])");
    (void)reader.next();
    const auto first = core::read_item(reader.next(), reader, {}, std::pmr::new_delete_resource());
    const auto second = core::read_item(reader.next(), reader, {}, std::pmr::new_delete_resource());
    EXPECT_EQ(first.key, key_of(R"({"product_id":"a"})"));
    EXPECT_EQ(second.quantity, Decimal(3));
    EXPECT_EQ(reader.next().event, core::JsonEvent::array_end);
    EXPECT_TRUE(reader.at_end());
}

TEST(ReadItem, UsesTheGivenMemory) {
    std::pmr::monotonic_buffer_resource memory;
    const std::string text = with(R"("options":["b","a",{"x":"Cafe\u0301"}])");
    TextReader reader(text);
    EXPECT_EQ(core::read_item(reader, {}, &memory).key, key_of(text));
}

// As it is compared, so that the column and the key never disagree.
TEST(ReadItem, TheProductId) {
    EXPECT_EQ(item_of(R"({"product_id":"mug"})").product_id, "mug");
    EXPECT_EQ(item_of("{\"product_id\":\" Cafe\u0301\\n\"}").product_id, "Caf\u00e9");
    EXPECT_EQ(item_of(R"({"product_id":7})").product_id, "7");
    EXPECT_EQ(item_of(R"({"product_id":7.50e1})").product_id, "75");
    EXPECT_EQ(item_of(R"({"product_id":-0.0})").product_id, "0");
    EXPECT_EQ(item_of(R"({"product_id":"007"})").product_id, "007");
    EXPECT_EQ(item_of(R"({"product_id":"1e3"})").product_id, "1e3");
    EXPECT_EQ(item_of(R"({"product_id":7,"sku":1})", match_on({"sku"})).product_id, "7");
}

// --- what is refused ---

TEST(ReadItem, RefusesWhatIsNoObject) {
    for (const std::string text : {"1", "\"x\"", "true", "null", "[]", "[{\"product_id\":1}]",
                                   "\"\"", "1e400", "[[[[]]]]"}) {
        expect_error(text, ErrorCode::item_invalid);
    }
    EXPECT_EQ(json::parse(error_of("[1]").detail())["type"], "array");
    EXPECT_EQ(json::parse(error_of("17").detail())["found"], 17);
}

TEST(ReadItem, RefusesAMissingProductId) {
    for (const std::string text :
         {R"({})", R"({"Product_id":"x"})", R"({"quantity":1})", R"({"productId":1})",
          R"({"options":{"product_id":"x"}})", R"({"item":{"product_id":"x"}})"}) {
        expect_error(text, ErrorCode::item_invalid);
        EXPECT_EQ(json::parse(error_of(text).detail())["member"], "product_id") << text;
    }
}

TEST(ReadItem, RefusesProductIdsOfTheWrongType) {
    for (const std::string value : {"null", "true", "false", "{}", "[]", R"({"a":1})", "[1]",
                                    R"("")", R"("  ")", R"("\t\n")", "\"\u3000\""}) {
        const std::string text = "{\"product_id\":" + value + "}";
        expect_error(text, ErrorCode::item_invalid);
        EXPECT_EQ(json::parse(error_of(text).detail())["member"], "product_id") << text;
    }
}

TEST(ReadItem, RefusesQuantitiesThatAreNoPositiveNumber) {
    for (const std::string value :
         {"0", "-0", "0.0", "0e5", "-1", "-0.5", "-1e-30", "true", "false", R"("1")", R"("")",
          R"("many")", "{}", "[]", "[1]", R"({"value":1})"}) {
        const std::string text = with("\"quantity\":" + value);
        expect_error(text, ErrorCode::quantity_invalid);
        EXPECT_EQ(json::parse(error_of(text).detail())["member"], "quantity") << text;
    }
    EXPECT_EQ(json::parse(error_of(with(R"("quantity":-2.5)")).detail())["found"], -2.5);
    EXPECT_EQ(json::parse(error_of(with(R"("quantity":"two")")).detail())["found"], "two");
}

TEST(ReadItem, RefusesQuantitiesOfTooManyDigits) {
    const std::string thirty(30, '9');
    (void)item_of(with("\"quantity\":" + thirty));
    (void)item_of(with("\"quantity\":1e29"));
    (void)item_of(with("\"quantity\":1e-30"));
    for (const std::string& value :
         {thirty + "9", std::string("1e30"), std::string("1e131071"), std::string(1000, '9')}) {
        expect_error(with("\"quantity\":" + value), ErrorCode::limit_exceeded);
    }
    for (const std::string& value : {"0." + thirty + "9", std::string("1e-31"),
                                     std::string("1e-16383"), "0." + std::string(1000, '9')}) {
        expect_error(with("\"quantity\":" + value), ErrorCode::quantity_invalid);
    }
}

TEST(ReadItem, RefusesPricesThatAreNoNumberFromZeroOn) {
    const std::string thirty(30, '9');
    for (const std::string& value :
         {std::string("-1"), std::string("-0.01"), std::string("true"), std::string(R"("1")"),
          std::string(R"("")"), std::string("{}"), std::string("[]"), std::string("[1]"),
          thirty + "9", "0." + thirty + "9", std::string("1e131071"), std::string("-1e131071")}) {
        const std::string text = with("\"unit_price\":" + value);
        expect_error(text, ErrorCode::item_invalid);
        EXPECT_TRUE(error_of(text).detail().starts_with(R"({"member": "unit_price")")) << text;
    }
}

// Whether or not the members are in the identity, and wherever they stand.
TEST(ReadItem, RefusesAlsoUnderAnotherMatchOn) {
    const auto names = match_on({"sku"});
    for (const std::string text :
         {R"({"sku":"x"})", R"({"sku":"x","product_id":null})", R"({"product_id":[],"sku":1})"}) {
        EXPECT_EQ(error_of([&] { (void)item_of(text, names); }).code(), ErrorCode::item_invalid)
            << text;
    }
    const auto both = match_on({"quantity", "unit_price"});
    EXPECT_EQ(error_of([&] { (void)item_of(with(R"("quantity":0)"), both); }).code(),
              ErrorCode::quantity_invalid);
}

TEST(ReadItem, CutsLongValuesInTheDetail) {
    for (std::size_t shift = 0; shift < 8; ++shift) {
        std::string value(shift, 'x');
        for (int i = 0; i < 10'000; ++i) {
            value += "€";
        }
        const std::string text = with("\"quantity\":\"" + value + "\"");
        expect_error(text, ErrorCode::quantity_invalid);
        EXPECT_LE(error_of(text).detail().size(), 400U);
    }
    // Quotes, backslashes and control characters double or more when they are escaped.
    for (const std::string piece : {R"(\")", R"(\\)", R"(\u0001)", R"(\n)"}) {
        std::string value;
        for (int i = 0; i < 300; ++i) {
            value += piece;
        }
        expect_error(with("\"quantity\":\"" + value + "\""), ErrorCode::quantity_invalid);
    }
    expect_error(with("\"unit_price\":-" + std::string(100'000, '9')), ErrorCode::item_invalid);
}

TEST(ReadItem, RefusesDeepValuesWhereTheyMayNotStand) {
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    expect_error("{\"product_id\":" + deep + "}", ErrorCode::item_invalid);
    expect_error(with("\"quantity\":" + deep), ErrorCode::quantity_invalid);
    expect_error(with("\"unit_price\":" + deep), ErrorCode::item_invalid);
    expect_error(deep, ErrorCode::item_invalid);
}

TEST(Quantity, MayBeZeroWhereALineIsToGo) {
    EXPECT_EQ(core::read_quantity_or_zero("0.00"), dec("0"));
    EXPECT_EQ(core::read_quantity_or_zero("-0"), dec("0"));
    EXPECT_EQ(core::read_quantity_or_zero("2.50"), dec("2.5"));
    for (const char* text : {"-1", "NaN", "Infinity", "x", ""}) {
        EXPECT_EQ(error_of([&] { (void)core::read_quantity_or_zero(text); }).code(),
                  core::ErrorCode::quantity_invalid)
            << text;
    }
}

TEST(ReadQuantity, IsTheSameForANumberOfItsOwn) {
    EXPECT_EQ(core::read_quantity("2.50"), dec("2.5"));
    const auto code = [](const std::string& text) {
        return error_of([&] { (void)core::read_quantity(text); }).code();
    };
    for (const char* text : {"0", "-1", "-0.0", "NaN", "Infinity", "-Infinity", "", "1e-31", "1\"x",
                             "\n1", "+0", "00", "-.5", "-5."}) {
        EXPECT_EQ(code(text), ErrorCode::quantity_invalid) << text;
        const Error error = error_of([&] { (void)core::read_quantity(text); });
        EXPECT_TRUE(is_json_object(error.detail())) << text << ": " << error.detail();
    }
    EXPECT_EQ(code("1e30"), ErrorCode::limit_exceeded);
}

// --- identity members ---

TEST(MatchOn, ByDefault) {
    const std::string item = R"({"product_id":"p","variant_id":1,"dimensions":2,"material":3,)"
                             R"("options":4})";
    for (const std::string member : {"variant_id", "dimensions", "material", "options"}) {
        auto other = json::parse(item);
        other[member] = "other";
        EXPECT_FALSE(matches(item, other.dump())) << member;
        EXPECT_TRUE(core::MatchOn().contains(member));
    }
    auto other = json::parse(item);
    other["product_id"] = "other";
    EXPECT_FALSE(matches(item, other.dump()));
    EXPECT_TRUE(core::MatchOn().contains("product_id"));
}

TEST(MatchOn, OtherMembersDoNotCount) {
    const std::string item = R"({"product_id":"p","options":{"a":1}})";
    for (const std::string member :
         {R"("quantity":2)", R"("unit_price":3)", R"("title":"x")", R"("tax_rate":0.19)",
          R"("item_key":"x")", R"("totals":{})", R"("added_at":"x")", R"("updated_at":"x")",
          R"("discount":{})", R"("discountable":false)", R"("Options":1)", R"("options ":1)",
          R"(" material":1)", R"("MATERIAL":1)", R"("":1)"}) {
        EXPECT_TRUE(matches(item, R"({"product_id":"p",)" + member + R"(,"options":{"a":1}})"))
            << member;
    }
}

TEST(MatchOn, ATenantsOwn) {
    const auto names = match_on({"product_id", "engraving"});
    const std::string item = R"({"product_id":"p","engraving":"A","options":{"a":1}})";
    EXPECT_TRUE(matches(item, R"({"product_id":"p","engraving":"A","options":{"a":2}})", names));
    EXPECT_FALSE(matches(item, R"({"product_id":"p","engraving":"B","options":{"a":1}})", names));
    EXPECT_FALSE(matches(item, R"({"product_id":"q","engraving":"A"})", names));
    EXPECT_TRUE(matches(R"({"product_id":"p"})", R"({"product_id":"p","engraving":[]})", names));
}

TEST(MatchOn, WithoutTheProductId) {
    const auto names = match_on({"sku"});
    EXPECT_TRUE(
        matches(R"({"product_id":"p","sku":"x"})", R"({"product_id":"q","sku":"x"})", names));
    EXPECT_FALSE(
        matches(R"({"product_id":"p","sku":"x"})", R"({"product_id":"p","sku":"y"})", names));
    // A number equals its text only where the contract says so.
    EXPECT_FALSE(
        matches(R"({"product_id":"p","sku":7})", R"({"product_id":"p","sku":"7"})", names));
    EXPECT_TRUE(matches(R"({"product_id":"p"})", R"({"product_id":"q"})", names));
}

TEST(MatchOn, MembersKeepTheirRules) {
    const auto names = match_on({"options", "dimensions", "variant_id"});
    EXPECT_TRUE(matches(R"({"product_id":1,"options":[1,2],"dimensions":"1m","variant_id":7})",
                        R"({"product_id":2,"options":[2,1],"dimensions":"100cm","variant_id":"7"})",
                        names));
}

TEST(MatchOn, OrderAndRepetitionDoNotMatter) {
    const std::string item = R"({"product_id":"p","a":1,"b":2})";
    EXPECT_EQ(key_of(item, match_on({"a", "b"})), key_of(item, match_on({"b", "a"})));
    EXPECT_EQ(key_of(item, match_on({"a", "b"})), key_of(item, match_on({"b", "a", "b", "a"})));
    EXPECT_NE(key_of(item, match_on({"a"})), key_of(item, match_on({"b"})));
    const std::string full = R"({"product_id":"p","variant_id":1,"options":{"a":[1]}})";
    EXPECT_EQ(
        key_of(full),
        key_of(full, match_on({"options", "product_id", "material", "dimensions", "variant_id"})));
}

TEST(MatchOn, NamesAreTakenAsTheyAre) {
    EXPECT_FALSE(match_on({"Café"}).contains("Cafe\u0301"));
    EXPECT_FALSE(match_on({"sku"}).contains(" sku"));
    EXPECT_FALSE(match_on({"sku"}).contains("SKU"));
    EXPECT_FALSE(match_on({"sku"}).contains("product_id"));
    EXPECT_TRUE(match_on({"sku"}).contains("sku"));
}

TEST(MatchOn, RefusesListsThatNameNothing) {
    const auto code = [](const std::vector<std::string>& names) {
        return error_of([&] { (void)match_on(names); }).code();
    };
    EXPECT_EQ(code({}), ErrorCode::invalid_parameter);
    EXPECT_EQ(code({""}), ErrorCode::invalid_parameter);
    EXPECT_EQ(code({"a", ""}), ErrorCode::invalid_parameter);
    std::vector<std::string> many;
    for (std::size_t i = 0; i < core::MatchOn::max_names; ++i) {
        many.push_back("name" + std::to_string(i));
    }
    EXPECT_TRUE(match_on(many).contains("name63"));
    many.emplace_back("one more");
    EXPECT_EQ(code(many), ErrorCode::invalid_parameter);
}

TEST(BelongsToLine, WhatTheCartKeepsItself) {
    for (const char* member :
         {"quantity", "unit_price", "item_key", "added_at", "updated_at", "totals"}) {
        EXPECT_TRUE(core::belongs_to_line(member)) << member;
    }
    for (const char* member : {"product_id", "variant_id", "options", "title", "tax_rate",
                               "discount", "discountable", "", "Totals"}) {
        EXPECT_FALSE(core::belongs_to_line(member)) << member;
    }
}

TEST(JsonBytes, AreAboutTheCompactText) {
    for (const std::string_view text :
         {R"({"a":[1,2,true,null],"b":"xyz","c":{}})", "[]", "7", R"("x")"}) {
        TextReader reader(text);
        const auto bytes = static_cast<double>(core::json_bytes(reader));
        EXPECT_TRUE(reader.at_end());
        EXPECT_NEAR(bytes, static_cast<double>(text.size()), 10) << text;
    }
}

// --- keys ---

TEST(ItemKey, IsSpreadOverAllItsBytes) {
    std::vector<std::byte> seen(16);
    for (int i = 0; i < 100; ++i) {
        const auto key = key_of("{\"product_id\":" + std::to_string(i) + "}");
        for (std::size_t at = 0; at < seen.size(); ++at) {
            seen[at] |= key.bytes[at];
        }
    }
    for (const std::byte byte : seen) {
        EXPECT_EQ(byte, std::byte{0xff});
    }
}

TEST(ItemKey, IsTheSameForOneItemEveryTime) {
    const std::string item = R"({"product_id":"p","options":{"b":[3,1,2],"a":"x"}})";
    EXPECT_EQ(key_of(item), key_of(item));
}

}  // namespace
}  // namespace cart::test
