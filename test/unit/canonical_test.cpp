// Section 2 of the contract: which items are the same line.
#include "core/canonical.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "support/json_text.hpp"

namespace cart::test {
namespace {

using testing::AssertionFailure;
using testing::AssertionResult;
using testing::AssertionSuccess;
using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string cut(const std::string& text) { return text.substr(0, 300); }

// An item with these members beside its product_id.
std::string item(const std::string& members) {
    return R"({"product_id":"p")" + (members.empty() ? "" : "," + members) + "}";
}

AssertionResult same(const std::string& a, const std::string& b) {
    if (matches(item(a), item(b)) && matches(item(b), item(a))) {
        return AssertionSuccess();
    }
    return AssertionFailure() << cut(a) << " should match " << cut(b);
}

AssertionResult differ(const std::string& a, const std::string& b) {
    if (!matches(item(a), item(b)) && !matches(item(b), item(a))) {
        return AssertionSuccess();
    }
    return AssertionFailure() << cut(a) << " should not match " << cut(b);
}

void expect_same(const std::string& member, const Pairs& pairs) {
    for (const auto& [a, b] : pairs) {
        EXPECT_TRUE(same("\"" + member + "\":" + a, "\"" + member + "\":" + b));
    }
}

void expect_differ(const std::string& member, const Pairs& pairs) {
    for (const auto& [a, b] : pairs) {
        EXPECT_TRUE(differ("\"" + member + "\":" + a, "\"" + member + "\":" + b));
    }
}

// All of these are different from one another.
void expect_all_differ(const std::string& member, const std::vector<std::string>& values) {
    std::vector<std::pair<core::ItemKey, std::string>> keys;
    for (const auto& value : values) {
        keys.emplace_back(key_of(item("\"" + member + "\":" + value)), value);
    }
    std::ranges::sort(keys, {}, [](const auto& entry) { return entry.first; });
    for (std::size_t i = 1; i < keys.size(); ++i) {
        EXPECT_NE(keys[i - 1].first, keys[i].first)
            << cut(keys[i - 1].second) << " should not match " << cut(keys[i].second);
    }
}

std::string repeat(const std::string& text, std::size_t times) {
    std::string out;
    out.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) {
        out += text;
    }
    return out;
}

std::string nested(const std::string& open, const std::string& inside, const std::string& close,
                   std::size_t depth) {
    return repeat(open, depth) + inside + repeat(close, depth);
}

// --- the contract's table, row by row ---

TEST(ContractTable, MemberOrderNeverMatters) {
    for (const std::string member : {"options", "dimensions", "material", "variant_id"}) {
        expect_same(member, {{R"({"a":1,"b":2})", R"({"b":2,"a":1})"}});
    }
    EXPECT_TRUE(matches(R"({"product_id":"p","material":"oak","options":{"a":1}})",
                        R"({"options":{"a":1},"material":"oak","product_id":"p"})"));
}

TEST(ContractTable, NumbersCompareByValue) {
    for (const std::string member : {"options", "dimensions", "material", "variant_id"}) {
        expect_same(member, {{"10", "10.0"}, {"10", "1e1"}, {"10.0", "1e1"}});
        expect_same(member, {{R"({"a":10})", R"({"a":1e1})"}, {"[10]", "[10.0]"}});
        expect_differ(member, {{"10", "10.5"}, {R"({"a":10})", R"({"a":10.5})"}});
    }
}

TEST(ContractTable, NothingIsAbsentNullAndEmpty) {
    for (const std::string member : {"options", "dimensions", "material", "variant_id"}) {
        for (const std::string nothing : {"null", "\"\"", "{}", "[]", "\"  \""}) {
            EXPECT_TRUE(same("\"" + member + "\":" + nothing, ""));
        }
        EXPECT_TRUE(differ("\"" + member + "\":0", ""));
        EXPECT_TRUE(differ("\"" + member + "\":false", ""));
    }
}

TEST(ContractTable, StringsAreNfcTrimmedCaseKept) {
    for (const std::string member : {"options", "dimensions", "material", "variant_id"}) {
        expect_same(member, {{"\"Caf\u00e9\"", "\"Cafe\u0301\""},
                             {"\" red\"", "\"red\""},
                             {"\"red\\t\"", "\"\u3000red\u00a0\""}});
        expect_differ(member,
                      {{"\"red\"", "\"Red\""}, {"\"a b\"", "\"ab\""}, {"\"a b\"", "\"a  b\""}});
    }
}

TEST(ContractTable, AStringIsNotANumber) {
    expect_same("variant_id", {{"7", "\"7\""}});
    EXPECT_TRUE(matches(R"({"product_id":7})", R"({"product_id":"7"})"));
    expect_differ("options",
                  {{"\"10\"", "10"}, {R"({"size":"10"})", R"({"size":10})"}, {"[\"10\"]", "[10]"}});
    expect_differ("material", {{"\"10\"", "10"}});
}

TEST(ContractTable, DimensionsCompareByMeasure) {
    const std::vector<std::string> equal = {R"("10cm")", R"("100 mm")",
                                            R"({"value":10,"unit":"cm"})"};
    for (const auto& a : equal) {
        for (const auto& b : equal) {
            expect_same("dimensions", {{a, b}, {"{\"w\":" + a + "}", "{\"w\":" + b + "}"}});
        }
    }
    expect_same("dimensions", {{"10", "\"10\""}, {R"({"w":10})", R"({"w":"10"})"}});
    expect_differ(
        "dimensions",
        {{"10", R"("10cm")"}, {R"("1kg")", R"("1m")"}, {R"({"w":10})", R"({"w":"10cm"})"}});
}

TEST(ContractTable, ArraysUnderOptionsAreSets) {
    expect_same("options",
                {{R"(["gift","engrave"])", R"(["engrave","gift"])"},
                 {R"({"extras":["gift","engrave"]})", R"({"extras":["engrave","gift"]})"}});
    expect_differ("options",
                  {{R"(["a","a"])", R"(["a"])"}, {R"({"x":["a","a"]})", R"({"x":["a"]})"}});
}

TEST(ContractTable, OtherArraysAreLists) {
    for (const std::string member : {"dimensions", "material", "variant_id"}) {
        expect_differ(member, {{"[1,2]", "[2,1]"}, {R"({"a":[1,2]})", R"({"a":[2,1]})"}});
    }
}

TEST(ContractTable, OptionsAsAListOfNamesAndValues) {
    expect_same("options", {{R"([{"name":"color","value":"red"},{"name":"size","value":"L"}])",
                             R"({"color":"red","size":"L"})"}});
}

// --- product_id and variant_id ---

TEST(Ids, ANumberEqualsItsPlainText) {
    const Pairs equal = {{"7", R"("7")"},
                         {"7.0", R"("7")"},
                         {"7e0", R"("7")"},
                         {"70e-1", "7"},
                         {"1e3", R"("1000")"},
                         {"-7", R"("-7")"},
                         {"7.50", R"("7.5")"},
                         {"0.05", R"("0.05")"},
                         {"5e-2", R"("0.05")"},
                         {"0", R"("0")"},
                         {"-0", R"("0")"},
                         {"7", R"(" 7 ")"},
                         {"12345678901234567890", R"("12345678901234567890")"}};
    for (const auto& [a, b] : equal) {
        EXPECT_TRUE(matches("{\"product_id\":" + a + "}", "{\"product_id\":" + b + "}"))
            << a << " " << b;
    }
    expect_same("variant_id", equal);
}

TEST(Ids, AStringIsComparedAsText) {
    const Pairs different = {
        {R"("007")", R"("7")"},      {R"("007")", "7"},         {R"("1e3")", "1000"},
        {R"("1e3")", "1e3"},         {R"("7.0")", "7"},         {R"("7.0")", "7.0"},
        {R"("7.0")", R"("7")"},      {R"("+7")", "7"},          {R"("-0")", "0"},
        {R"("10cm")", R"("100mm")"}, {R"("true")", R"("True")"}};
    for (const auto& [a, b] : different) {
        EXPECT_FALSE(matches("{\"product_id\":" + a + "}", "{\"product_id\":" + b + "}"))
            << a << " " << b;
    }
    expect_differ("variant_id", different);
}

TEST(Ids, LongNumbersKeepEveryDigit) {
    const std::string digits(1000, '7');
    const std::string zeros(130'000, '0');
    const auto id = [](const std::string& value) { return "{\"product_id\":" + value + "}"; };
    EXPECT_TRUE(matches(id(digits), id("\"" + digits + "\"")));
    EXPECT_FALSE(matches(id(digits), id(digits + "0")));
    EXPECT_FALSE(matches(id(digits + "1"), id(digits + "2")));
    EXPECT_TRUE(matches(id("1e130000"), id("\"1" + zeros + "\"")));
    EXPECT_TRUE(matches(id("1e-16000"), id("\"0." + zeros.substr(0, 15999) + "1\"")));
}

TEST(Ids, AVariantMayBeTrueOrFalse) {
    expect_all_differ("variant_id", {"true", "false", "\"true\"", "\"false\"", "1", "0", "null"});
}

// --- numbers ---

TEST(Numbers, EveryNotation) {
    const std::vector<std::string> ten = {"10",    "10.0",   "1e1",   "1E1",    "1e+1",
                                          "1E+01", "100e-1", "0.1e2", "10.000", "1000E-2"};
    for (const auto& a : ten) {
        for (const std::string member : {"material", "options", "dimensions", "variant_id"}) {
            expect_same(member, {{a, "10"}, {"[" + a + "]", "[10]"}});
        }
    }
    for (const std::string zero : {"-0", "0.0", "-0.0", "0e5", "0E-5", "0.000e10"}) {
        for (const std::string member : {"material", "options", "dimensions", "variant_id"}) {
            expect_same(member, {{zero, "0"}});
        }
    }
}

TEST(Numbers, DifferentValues) {
    for (const std::string member : {"material", "options", "dimensions", "variant_id"}) {
        expect_all_differ(member, {"1",
                                   "-1",
                                   "10",
                                   "0.1",
                                   "1.01",
                                   "101",
                                   "11",
                                   "1e2",
                                   "1e-2",
                                   "1001",
                                   "1e20",
                                   "0",
                                   "-10",
                                   "12",
                                   "120",
                                   "1.2",
                                   "1e309",
                                   "1e310",
                                   "1e-400",
                                   "1e-401",
                                   "9007199254740992",
                                   "9007199254740993",
                                   "0.1000000000000000055511151231257827"});
    }
}

TEST(Numbers, OfAThousandDigits) {
    const std::string digits = std::string(999, '7');
    for (const std::string member : {"material", "options", "dimensions", "variant_id"}) {
        expect_differ(member, {{digits + "1", digits + "2"}, {digits, digits + "0"}});
        expect_same(member, {{digits + "1", digits + "1.0"},
                             {"0." + digits + "1", digits + "1e-1000"},
                             {"1" + std::string(1000, '0'), "1e1000"}});
    }
    // Longer than the forms that are kept whole.
    const std::string long_digits(10'000, '7');
    expect_differ("material", {{long_digits + "1", long_digits + "2"}});
    expect_same("material", {{long_digits + "1", long_digits + "1.00"}});
}

// --- nothing ---

TEST(Nothing, CountsAtEveryDepth) {
    for (const std::string member : {"options", "dimensions", "material", "variant_id"}) {
        for (const std::string nothing :
             {R"({"a":null})", R"({"a":""})", R"({"a":{}})", R"({"a":[]})", R"({"a":{"b":null}})",
              R"({"a":{"b":{"c":[]}},"d":" "})", "\"\u3000\""}) {
            EXPECT_TRUE(same("\"" + member + "\":" + nothing, ""));
        }
        expect_same(member, {{R"({"a":1,"b":null})", R"({"a":1})"},
                             {R"({"a":1,"b":{"c":""}})", R"({"a":1})"}});
        expect_differ(member, {{R"({"a":1,"b":0})", R"({"a":1})"},
                               {R"({"a":1,"b":false})", R"({"a":1})"},
                               {R"({"a":null})", R"({"a":0})"}});
    }
}

TEST(Nothing, KeepsItsPlaceInAList) {
    for (const std::string member : {"dimensions", "material", "variant_id"}) {
        expect_differ(member, {{"[null,1]", "[1]"},
                               {"[1,null]", "[1]"},
                               {"[null,1]", "[1,null]"},
                               {"[null,null]", "[null]"},
                               {"[1,null,2]", "[1,2]"}});
        expect_same(member, {{"[null,1]", "[\"\",1]"},
                             {"[null,1]", "[{},1]"},
                             {"[null,1]", "[[],1]"},
                             {"[null,1]", R"([{"a":null},1])"}});
        expect_differ(member, {{"[null,1]", "[0,1]"},
                               {"[null,1]", "[false,1]"},
                               {"[null,1]", "[\"0\",1]"},
                               {"[null,1]", "[\"null\",1]"}});
    }
}

TEST(Nothing, IsNoChoiceInASet) {
    expect_same("options", {{"[null,1]", "[1]"},
                            {"[1,\"\",{}]", "[1]"},
                            {R"({"a":[null,"x",[]]})", R"({"a":["x"]})"},
                            {R"({"a":[null]})", "null"},
                            {"[null]", "null"},
                            {"[[],[null],{\"a\":[]}]", "null"}});
}

// --- strings ---

TEST(Strings, UnicodeForms) {
    for (const std::string member : {"options", "dimensions", "material", "variant_id"}) {
        expect_same(member, {{"\"\u1100\u1161\u11a8\"", "\"\uac01\""},
                             {"\"s\u0307\u0323\"", "\"\u1e69\""},
                             {"\"\u1e61\u0323\"", "\"\u1e69\""},
                             {"\"\u212b\"", "\"A\u030a\""},
                             {"\"\\u0065\\u0301\"", "\"\u00e9\""}});
        expect_differ(member, {{"\"\uac00\"", "\"\uac01\""},
                               {"\"a\u0301\u0300\"", "\"a\u0300\u0301\""},
                               {"\"\ufb01\"", "\"fi\""}});
    }
}

TEST(Strings, NamesAreStringsToo) {
    for (const std::string member : {"options", "dimensions", "material", "variant_id"}) {
        expect_same(member, {{"{\"Caf\u00e9\":1}", "{\"Cafe\u0301\":1}"}});
        expect_differ(member, {{R"({"a":1})", R"({"A":1})"}});
    }
}

TEST(Strings, EscapesAreOnlyNotation) {
    expect_same("material", {{R"("\u0041\/\n")", R"("A/")"},
                             {R"("\ud83d\ude00")", "\"\U0001F600\""},
                             {R"("a\u0022b")", R"("a\"b")"}});
}

TEST(Strings, OfTwoMegabytes) {
    const std::string x(2 << 20, 'x');
    expect_same("material", {{"\"" + x + "\"", "\" " + x + "\\n\""}});
    expect_differ("material", {{"\"" + x + "\"", "\"" + x + "x\""},
                               {"\"" + x + "a\"", "\"" + x + "b\""},
                               {"\"a" + x + "\"", "\"b" + x + "\""}});
    expect_differ("options", {{"{\"" + x + "a\":1}", "{\"" + x + "b\":1}"}});
    EXPECT_FALSE(matches("{\"product_id\":\"" + x + "a\"}", "{\"product_id\":\"" + x + "b\"}"));
    const std::string accents(1 << 20, 'e');
    EXPECT_EQ(key_of(item("\"options\":\"" + accents + "\u00e9" + accents + "\"")),
              key_of(item("\"options\":\"" + accents + "e\u0301" + accents + " \"")));
}

// --- dimensions ---

TEST(Dimensions, NumericStringsAreNumbers) {
    for (const std::string text :
         {"10", "10.0", "1e1", "+10", "010", " 10 ", "10.", "0010.00", "1E+1", "\u00a010\u3000"}) {
        expect_same("dimensions", {{"\"" + text + "\"", "10"},
                                   {"{\"w\":\"" + text + "\"}", "{\"w\":10}"},
                                   {"[\"" + text + "\"]", "[10.0]"}});
    }
    for (const std::string text : {"-0", "0.0", "+0", "000", "0e7", ".0", "0."}) {
        expect_same("dimensions", {{"\"" + text + "\"", "0"}});
    }
    expect_differ("dimensions", {{R"("1 0")", "10"},
                                 {R"("10x")", "10"},
                                 {R"("1,0")", "10"},
                                 {R"("0x0a")", "10"},
                                 {R"("ten")", "10"},
                                 {R"("NaN")", "0"},
                                 {R"("-")", "0"},
                                 {R"(".")", "0"}});
}

TEST(Dimensions, EveryUnit) {
    expect_same("dimensions", {{R"("1cm")", R"("10mm")"},
                               {R"("1m")", R"("100cm")"},
                               {R"("1in")", R"("25.4mm")"},
                               {R"("1in")", R"("2.54cm")"},
                               {R"("1ft")", R"("12in")"},
                               {R"("1yd")", R"("3ft")"},
                               {R"("1yd")", R"("0.9144m")"},
                               {R"("1kg")", R"("1000g")"},
                               {R"("0.1kg")", R"("100 g")"},
                               {R"("1lb")", R"("16oz")"},
                               {R"("1lb")", R"("453.59237g")"},
                               {R"("1oz")", R"("28.349523125 g")"},
                               {R"("1l")", R"("1000ml")"},
                               {R"("0ft")", R"("0mm")"},
                               {R"("-0kg")", R"("0oz")"}});
    expect_all_differ("dimensions",
                      {"\"1mm\"", "\"1cm\"", "\"1m\"",  "\"1in\"", "\"1ft\"", "\"1yd\"", "\"1g\"",
                       "\"1kg\"", "\"1oz\"", "\"1lb\"", "\"1ml\"", "\"1l\"",  "1",       "\"1km\"",
                       "\"1CM\"", "\"1 L\"", "\"0mm\"", "\"0g\"",  "\"0ml\"", "0"});
}

TEST(Dimensions, AMeasureAsAnObject) {
    const std::string measure = R"("10cm")";
    for (const std::string object :
         {R"({"value":10,"unit":"cm"})", R"({"unit":"cm","value":10})",
          R"({"value":"10","unit":"cm"})", R"({"value":" 1e1 ","unit":" cm "})",
          R"({"value":100,"unit":"mm"})", R"({"value":0.1,"unit":"m"})",
          R"({"value":10.0,"unit":"cm","note":null})",
          R"({"a":[],"value":10,"unit":"cm","note":""})"}) {
        expect_same("dimensions", {{object, measure},
                                   {"{\"w\":" + object + "}", "{\"w\":" + measure + "}"},
                                   {"[" + object + "]", "[" + measure + "]"}});
    }
    for (const std::string object :
         {R"({"value":10,"unit":"cm","note":1})", R"({"value":10,"unit":"cm","comment":1})",
          R"({"value":10,"unit":"CM"})", R"({"value":10,"unit":"furlong"})",
          R"({"value":"10cm","unit":"cm"})", R"({"value":10,"units":"cm"})",
          R"({"Value":10,"unit":"cm"})", R"({"value":10})", R"({"unit":"cm"})",
          R"({"value":true,"unit":"cm"})", R"({"value":[10],"unit":"cm"})",
          R"({"value":10,"unit":["cm"]})", R"({"value":"ten","unit":"cm"})"}) {
        expect_differ("dimensions", {{object, measure}});
    }
}

TEST(Dimensions, OnlyThereAreMeasures) {
    for (const std::string member : {"options", "material", "variant_id"}) {
        expect_differ(member, {{R"("10cm")", R"("100mm")"},
                               {R"("10cm")", R"({"value":10,"unit":"cm"})"},
                               {R"({"dimensions":"10cm"})", R"({"dimensions":"100mm"})"}});
    }
}

TEST(Dimensions, MeasuresAreNoNumbersOfTheirBaseUnit) {
    expect_differ("dimensions", {{R"("10mm")", "10"},
                                 {R"("10g")", "10"},
                                 {R"("10ml")", "10"},
                                 {R"("10mm")", R"("10g")"},
                                 {R"("10mm")", R"("10ml")"}});
}

TEST(Dimensions, LongNumbers) {
    const std::string digits(1000, '7');
    expect_same("dimensions", {{"\"" + digits + "m\"", "\"" + digits + "00cm\""},
                               {"\"" + digits + "\"", digits}});
    expect_differ("dimensions", {{"\"" + digits + "1m\"", "\"" + digits + "2m\""}});
    const std::string long_digits(10'000, '7');
    expect_differ("dimensions", {{"\"" + long_digits + "1m\"", "\"" + long_digits + "2m\""}});
    expect_same("dimensions",
                {{"{\"value\":" + long_digits + ",\"unit\":\"m\"}", "\"" + long_digits + " m\""}});
}

// --- options ---

TEST(Options, SetsOfAnything) {
    expect_same("options", {{"[1,2,3]", "[3,1,2]"},
                            {R"([{"a":1},{"b":2}])", R"([{"b":2},{"a":1}])"},
                            {"[[1,2],[3]]", "[[3],[2,1]]"},
                            {R"({"x":{"y":[1,[2,3]]}})", R"({"x":{"y":[[3,2],1]}})"},
                            {"[1,1.0,2]", "[2,1,1e0]"}});
    expect_differ("options", {{"[1,1,2]", "[1,2,2]"},
                              {"[1,1,2]", "[1,2]"},
                              {"[[1,2],[3]]", "[[1],[2,3]]"},
                              {"[[1],[2]]", "[1,2]"},
                              {"[[1]]", "[1]"},
                              {R"(["a"])", R"("a")"}});
}

TEST(Options, NamesAndValues) {
    const std::string object = R"({"color":"red","extras":["a","b"],"size":{"eu":42}})";
    expect_same("options",
                {{R"([{"name":"color","value":"red"},{"name":"extras","value":["b","a"]},
              {"name":"size","value":{"eu":42.0}}])",
                  object},
                 {R"([{"value":{"eu":42},"name":"size"},{"value":["a","b"],"name":"extras"},
              {"name":" color","value":"red "}])",
                  object},
                 {R"([{"name":"color","value":"red"}])", R"({"color":"red"})"},
                 {R"([{"name":"color","value":"red","note":null}])", R"({"color":"red"})"},
                 {R"([null,{"name":"color","value":"red"},{}])", R"({"color":"red"})"},
                 {"[{\"name\":\"Gro\u0308ße\",\"value\":1}]", "{\"Größe\":1}"},
                 {R"([{"name":"a","value":null},{"name":"b","value":1}])", R"({"b":1})"},
                 {R"([{"name":"value","value":"name"}])", R"({"value":"name"})"}});
    expect_differ("options",
                  {{R"([{"name":"color","value":"red"}])", R"({"color":"blue"})"},
                   {R"([{"name":"color","value":"red"}])", R"({"colour":"red"})"},
                   {R"([{"name":"color","value":"red"}])", R"({"name":"color","value":"red"})"},
                   {R"([{"name":"a","value":"1"}])", R"({"a":1})"}});
}

TEST(Options, RepeatedNamesCount) {
    expect_differ(
        "options",
        {{R"([{"name":"a","value":1},{"name":"a","value":2}])", R"([{"name":"a","value":1}])"},
         {R"([{"name":"a","value":1},{"name":"a","value":2}])", R"([{"name":"a","value":2}])"},
         {R"([{"name":"a","value":1},{"name":"a","value":1}])", R"([{"name":"a","value":1}])"},
         {R"([{"name":"a","value":1},{"name":"a","value":2}])", R"({"a":[1,2]})"}});
    expect_same("options", {{R"([{"name":"a","value":1},{"name":"a","value":2}])",
                             R"([{"name":"a","value":2},{"name":"a","value":1}])"}});
}

TEST(Options, OtherListsOfObjectsAreSets) {
    expect_all_differ("options",
                      {R"([{"name":"a","value":1},"b"])", R"([{"name":"a","value":1},{"b":2}])",
                       R"([{"name":"a","value":1,"price":2}])", R"([{"name":1,"value":1}])",
                       R"([{"name":["a"],"value":1}])", R"([{"Name":"a","value":1}])", R"({"a":1})",
                       R"([{"a":1}])", R"(["a",1])", R"(["name","value"])"});
    expect_same("options", {{R"([{"name":"a","value":1},"b"])", R"(["b",{"value":1,"name":"a"}])"},
                            {R"([{"name":"a","value":1},{"name":"b"},3])",
                             R"([3,{"name":"b"},{"name":"a","value":1.0}])"}});
}

// Only the list that options itself is stands for an object.
TEST(Options, NamesAndValuesDeeperAreChoices) {
    expect_differ("options", {{R"({"x":[{"name":"a","value":1}]})", R"({"x":{"a":1}})"},
                              {R"([[{"name":"a","value":1}]])", R"([{"a":1}])"}});
}

TEST(Options, LongNamesAndValues) {
    const std::string x(5000, 'x');
    const auto pair = [](const std::string& name, const std::string& value) {
        return R"({"name":")" + name + R"(","value":")" + value + "\"}";
    };
    expect_same("options", {{"[" + pair(x, x) + "]", "{\"" + x + "\":\"" + x + "\"}"},
                            {"[" + pair(x, "1") + "," + pair("a", x) + "]",
                             "{\"a\":\"" + x + "\",\"" + x + "\":\"1\"}"}});
    expect_differ("options",
                  {{"[" + pair(x + "a", "1") + "]", "[" + pair(x + "b", "1") + "]"},
                   {"[" + pair("a", x + "a") + "]", "[" + pair("a", x + "b") + "]"},
                   {"[" + pair("a", x + "a") + ",1]", "[" + pair("a", x + "b") + ",1]"}});
    // The same beyond the length where a container's form becomes a digest.
    std::string list;
    std::string object;
    for (int i = 0; i < 2000; ++i) {
        const std::string name = "name" + std::to_string((i * 7919) % 2000);
        list += (i > 0 ? "," : "") + pair(name, "v");
        object += (i > 0 ? ",\"" : "\"") + ("name" + std::to_string(i)) + "\":\"v\"";
    }
    expect_same("options", {{"[" + list + "]", "{" + object + "}"}});
    expect_differ("options", {{"[" + list + "]", "{" + object + ",\"more\":1}"}});
}

TEST(Options, OnlyThereArraysAreSets) {
    for (const std::string member : {"material", "dimensions", "variant_id"}) {
        expect_differ(member, {{R"([{"name":"a","value":1}])", R"({"a":1})"},
                               {R"({"options":[1,2]})", R"({"options":[2,1]})"}});
    }
}

// --- different values never share a form ---

TEST(Injectivity, KindsOfValues) {
    for (const std::string member : {"material", "options"}) {
        expect_all_differ(member, {"null",
                                   "true",
                                   "false",
                                   "1",
                                   "0",
                                   "\"1\"",
                                   "\"0\"",
                                   "\"true\"",
                                   "\"false\"",
                                   "\"null\"",
                                   "[1]",
                                   "[true]",
                                   "[\"1\"]",
                                   "{\"1\":1}",
                                   "{\"1\":\"1\"}",
                                   "{\"1\":true}",
                                   "[[1]]",
                                   "[{\"1\":1}]",
                                   "{\"1\":[1]}",
                                   "{\"1\":{\"1\":1}}",
                                   "\"[1]\"",
                                   "\"{\\\"1\\\":1}\"",
                                   "[0]",
                                   "[false]"});
    }
    expect_all_differ("material", {"[null]", "[[null]]", "[null,null]", "[[null],null]", "null"});
}

TEST(Injectivity, ObjectsAndLists) {
    for (const std::string member : {"material", "options", "variant_id", "dimensions"}) {
        expect_all_differ(
            member,
            {R"({"a":"b"})", R"(["a","b"])", R"([["a","b"]])", R"({"b":"a"})", R"([{"a":"b"}])",
             R"({"a":["b"]})", R"({"a":{"b":1}})", R"("ab")", R"(["ab"])", R"({"ab":1})",
             R"({"a":"b","c":"d"})", R"({"a":{"b":"c"}})", R"(["a","b","c","d"])",
             R"({"a":"bc","d":1})", R"({"a":"b","c":1})", R"({"ab":"c","d":1})"});
    }
}

TEST(Injectivity, Bracketing) {
    for (const std::string member : {"material", "options"}) {
        expect_all_differ(member, {"[1,2,3]", "[[1,2],3]", "[1,[2,3]]", "[[1],2,3]", "[[1],[2],3]",
                                   "[[1,2,3]]", "[[[1,2],3]]", "[[1],[2,3]]", "[[1,2],[3]]",
                                   "[[1],[2],[3]]", "[[[1]],2,3]", "[123]", "[12,3]", "[1,23]"});
    }
}

TEST(Injectivity, BoundariesBetweenStrings) {
    for (const std::string member : {"material", "options"}) {
        expect_all_differ(member,
                          {R"(["ab","c"])", R"(["a","bc"])", R"(["abc"])", R"(["a","b","c"])",
                           R"({"a":"bc"})", R"({"ab":"c"})", R"("abc")"});
    }
}

TEST(Injectivity, BoundariesBetweenMembers) {
    EXPECT_TRUE(differ(R"("material":"a","variant_id":"b")", R"("material":"b","variant_id":"a")"));
    EXPECT_TRUE(differ(R"("material":"a")", R"("variant_id":"a")"));
    EXPECT_TRUE(differ(R"("options":{"material":"a"})", R"("material":"a")"));
    EXPECT_TRUE(differ(R"("options":{"a":{"b":1},"c":2})", R"("options":{"a":{"b":1,"c":2}})"));
    EXPECT_FALSE(matches(R"({"product_id":"ab","variant_id":"c"})",
                         R"({"product_id":"a","variant_id":"bc"})"));
    EXPECT_FALSE(matches(R"({"product_id":"pvariant_id"})",
                         R"({"product_id":"p","variant_id":"variant_id"})"));
}

// Strings that hold bytes like those with which forms end: lengths and tags.
TEST(Injectivity, StringsThatLookLikeForms) {
    std::vector<std::string> strings;
    for (const std::string tag : {"s", "n", "l", "S", "o", "t", "f", "q", "h", "H", "0"}) {
        for (const std::string length : {"", R"(\u0001)", R"(\u0002)"}) {
            strings.push_back("\"a" + length + tag + "\"");
            strings.push_back("[\"a" + length + "\",\"" + tag + "\"]");
            strings.push_back("[\"a\",\"" + length + tag + "\"]");
            strings.push_back("{\"a" + length + "\":\"" + tag + "\"}");
            strings.push_back("[\"a\",\"a\",\"" + length + tag + "\"]");
        }
    }
    // Written three times by the loop, because an empty length says nothing.
    std::ranges::sort(strings);
    strings.erase(std::unique(strings.begin(), strings.end()), strings.end());
    expect_all_differ("material", strings);
}

TEST(Injectivity, NumbersAndTheirText) {
    for (const std::string member : {"material", "options"}) {
        expect_all_differ(member, {"10", "\"10\"", "\"1e1\"", "\"10e0\"", "\"1\"", "1", "[1,0]",
                                   "[10]", "-10", "\"-1e1\"", "\"10.0\""});
    }
    expect_all_differ("dimensions", {"10", "\"10mm\"", "\"1e1L\"", "\"1e1M\"", "\"10 L\"",
                                     "\"10g\"", "\"10ml\"", "[10]"});
}

TEST(Injectivity, LongFormsThatDifferInOneByte) {
    for (const std::size_t size : {4085U, 4090U, 4091U, 4092U, 4096U, 4097U, 5000U, 100'000U}) {
        const std::string x(size, 'x');
        for (const std::string member : {"material", "options", "variant_id", "dimensions"}) {
            expect_all_differ(
                member, {"\"" + x + "a\"", "\"" + x + "b\"", "\"a" + x + "\"", "\"" + x + "\"",
                         "[\"" + x + "a\"]", "[\"" + x + "b\"]", "{\"" + x + "a\":1}",
                         "{\"" + x + "b\":1}", "{\"k\":\"" + x + "a\"}", "{\"k\":\"" + x + "b\"}",
                         "[\"" + x + "\",\"a\"]", "[\"" + x + "\",\"b\"]"});
        }
    }
}

TEST(Injectivity, LongContainersThatDifferInOneElement) {
    const std::string ones = repeat("1,", 10'000);
    for (const std::string member : {"material", "options", "dimensions"}) {
        expect_all_differ(
            member, {"[" + ones + "1]", "[" + ones + "2]", "[" + ones + "1,1]", "[[" + ones + "1]]",
                     "[" + ones + "true]", "[" + ones + "\"1x\"]", "{\"a\":[" + ones + "1]}"});
    }
    expect_differ("material", {{"[2," + ones + "1]", "[" + ones + "2,1]"}});
    expect_same("options", {{"[2," + ones + "1]", "[" + ones + "2,1]"}});
}

// --- size and depth ---

TEST(Size, NestingIsNoMatter) {
    for (const std::size_t depth : {3'000U, 100'000U}) {
        for (const std::string member : {"material", "options", "dimensions", "variant_id"}) {
            const std::string lists = nested("[", "1", "]", depth);
            const std::string objects = nested("{\"a\":", "1", "}", depth);
            EXPECT_EQ(key_of(item("\"" + member + "\":" + lists)),
                      key_of(item("\"" + member + "\":" + nested("[", "1.0", "]", depth))));
            EXPECT_EQ(key_of(item("\"" + member + "\":" + objects)),
                      key_of(item("\"" + member + "\":" + nested("{ \"a\" :", "1", "}", depth))));
            expect_all_differ(
                member, {lists, nested("[", "2", "]", depth), nested("[", "1", "]", depth - 1),
                         objects, nested("{\"a\":", "1", "}", depth + 1)});
        }
        EXPECT_TRUE(same("\"material\":" + nested("{\"a\":", "null", "}", depth), ""));
        EXPECT_TRUE(same("\"options\":" + nested("[", "", "]", depth), ""));
        EXPECT_TRUE(same("\"other\":" + nested("[", "1", "]", depth), ""));
    }
}

TEST(Size, NestedSetsAreSorted) {
    const std::size_t depth = 20'000;
    expect_same("options",
                {{nested("[\"b\",", "1", "]", depth), nested("[", "1", ",\"b\"]", depth)},
                 {nested(R"({"b":1,"a":)", "1", "}", depth),
                  nested(R"({"a":)", "1", R"(,"b":1})", depth)}});
}

TEST(Size, HugeAndEmptyArrays) {
    std::string up = "0";
    std::string down;
    for (int i = 1; i < 100'000; ++i) {
        up += "," + std::to_string(i);
    }
    for (int i = 99'999; i > 0; --i) {
        down += std::to_string(i) + ",";
    }
    down += "0";
    expect_same("options", {{"[" + up + "]", "[" + down + "]"}, {"[]", "{}"}});
    expect_differ("material", {{"[" + up + "]", "[" + down + "]"}});
    expect_same("options", {{"[" + repeat("[],", 100'000) + "[]]", "null"}});
    expect_differ("material", {{"[" + repeat("[],", 100'000) + "[]]", "null"}});
}

TEST(Size, ObjectsWithManyMembers) {
    std::string up;
    std::string down;
    const int count = 50'000;
    const auto member_of = [](int i) {
        return "\"m" + std::to_string(i) + "\":" + std::to_string(i);
    };
    for (int i = 0; i < count; ++i) {
        up += (i > 0 ? "," : "") + member_of(i);
        down += (i > 0 ? "," : "") + member_of(count - 1 - i);
    }
    for (const std::string member : {"options", "material", "dimensions"}) {
        expect_same(member, {{"{" + up + "}", "{" + down + "}"}});
        expect_differ(member, {{"{" + up + "}", "{" + up + ",\"m50000\":0}"}});
    }
}

// --- robustness of names ---

TEST(Names, ThatAreDigests) {
    const std::string x(10'000, 'x');
    for (const std::string member : {"options", "material", "dimensions"}) {
        expect_same(member, {{"{\"" + x + "\":1,\"a\":2}", "{\"a\":2,\"" + x + "\":1}"}});
        expect_differ(member, {{"{\"" + x + "\":1}", "{\"" + x + "y\":1}"}});
    }
    expect_differ("dimensions", {{"{\"value\":1,\"" + x + "\":\"cm\"}", "\"1cm\""},
                                 {"{\"value\":1,\"unit\":\"" + x + "\"}", "\"1cm\""}});
}

}  // namespace
}  // namespace cart::test
