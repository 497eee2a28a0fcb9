#include "core/json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/json_text.hpp"

namespace cart::test {
namespace {

using core::JsonEvent;

TEST(AppendJsonString, CanBeReadBack) {
    std::string all;
    for (int c = 1; c < 0x80; ++c) {
        all += static_cast<char>(c);
    }
    all += "é€\U0001F600\u2028";
    std::string out = "before";
    core::append_json_string(out, all);
    EXPECT_EQ(nlohmann::json::parse(out.substr(6)), all);
    EXPECT_EQ(out.substr(0, 6), "before");
}

TEST(AppendJsonString, OfNothing) {
    std::string out;
    core::append_json_string(out, "");
    EXPECT_EQ(out, "\"\"");
}

TEST(NameOf, IsWhatJsonCallsIt) {
    EXPECT_EQ(core::name_of(JsonEvent::object_begin), "object");
    EXPECT_EQ(core::name_of(JsonEvent::array_begin), "array");
    EXPECT_EQ(core::name_of(JsonEvent::string), "string");
    EXPECT_EQ(core::name_of(JsonEvent::number), "number");
    EXPECT_EQ(core::name_of(JsonEvent::boolean), "boolean");
    EXPECT_EQ(core::name_of(JsonEvent::null), "null");
}

// The rest is about the tests' own reader.

std::string replay(std::string_view text) {
    TextReader reader(text);
    std::string out;
    for (core::JsonToken token = reader.next(); token.event != JsonEvent::end;
         token = reader.next()) {
        switch (token.event) {
            case JsonEvent::object_begin:
                out += '{';
                break;
            case JsonEvent::object_end:
                out += '}';
                break;
            case JsonEvent::array_begin:
                out += '[';
                break;
            case JsonEvent::array_end:
                out += ']';
                break;
            case JsonEvent::key:
                out.append(token.text).append(":");
                break;
            case JsonEvent::boolean:
                out += token.truth ? "true " : "false ";
                break;
            case JsonEvent::null:
                out += "null ";
                break;
            default:
                out.append(token.text).append(" ");
        }
    }
    return out;
}

TEST(TextReader, ReplaysADocument) {
    EXPECT_EQ(replay(R"({"a":[1,true,null,"x"],"b":{},"c":[[]]})"),
              "{a:[1 true null x ]b:{}c:[[]]}");
}

TEST(TextReader, KeepsNumbersAsTheyAreWritten) {
    EXPECT_EQ(replay("[0,-0,-0.0,1.50,1E+2,1e400000,12345678901234567890123]"),
              "[0 -0 -0.0 1.50 1E+2 1e400000 12345678901234567890123 ]");
}

TEST(TextReader, TheLastOfEqualMembersCounts) {
    EXPECT_EQ(replay(R"({"a":{"x":1,"x":[2]},"b":1,"a":{"y":2,"y":{"y":3}},"b":2,"b":3})"),
              "{a:{y:{y:3 }}b:3 }");
}

TEST(TextReader, RefusesWhatIsNoJson) {
    for (const char* text : {"",
                             "{",
                             "[1,]",
                             "{\"a\"}",
                             "nul",
                             "01",
                             "+1",
                             ".5",
                             "1.",
                             "'a'",
                             "[1] 2",
                             "\"\x01\"",
                             "\"\xff\"",
                             "\"\xc3\"",
                             "\"\xed\xa0\x80\"",
                             "\"\\x\"",
                             "\"\\u00\"",
                             "\"\\u0000\"",
                             "{\"\\u0000\":1}",
                             "NaN",
                             "Infinity"}) {
        EXPECT_THROW((void)tokenize(text), MalformedJson) << text;
    }
}

TEST(TextReader, RefusesLoneSurrogates) {
    for (const char* text : {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ude00\ud83d")",
                             R"("\ud83d\ud83d")", R"({"\ud83d":1})"}) {
        EXPECT_THROW((void)tokenize(text), MalformedJson) << text;
    }
    EXPECT_EQ(replay(R"("\ud83d\ude00")"), "\U0001F600 ");
}

}  // namespace
}  // namespace cart::test
