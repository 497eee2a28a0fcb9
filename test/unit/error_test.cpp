#include "core/error.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace cart::test {
namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;
using nlohmann::json;

TEST(Detail, IsEmptyWithoutMembers) { EXPECT_EQ(Detail().str(), ""); }

TEST(Detail, IsOneJsonObject) {
    const auto detail = json::parse(Detail()
                                        .text("found", "a \"quoted\"\n\ttext\\ \x01 \x7f é")
                                        .json("expected", R"({"a":[1,2]})")
                                        .number("index", -7)
                                        .str());
    EXPECT_EQ(detail["found"], "a \"quoted\"\n\ttext\\ \x01 \x7f é");
    EXPECT_EQ(detail["expected"], json::parse(R"({"a":[1,2]})"));
    EXPECT_EQ(detail["index"], -7);
    EXPECT_EQ(detail.size(), 3U);
}

TEST(Detail, EscapesNames) {
    EXPECT_TRUE(json::parse(Detail().text("a\"b\\c\n", "x").str()).contains("a\"b\\c\n"));
}

TEST(Detail, EscapesEveryControlCharacter) {
    std::string text;
    for (char c = 1; c < 0x20; ++c) {
        text += c;
    }
    EXPECT_EQ(json::parse(Detail().text("found", text).str())["found"], text);
}

TEST(Detail, KeepsTextOfTheLimit) {
    const std::string text(Detail::max_text, 'x');
    EXPECT_EQ(json::parse(Detail().text("found", text).str())["found"], text);
}

TEST(Detail, CutsLongText) {
    const std::string text(Detail::max_text + 1, 'x');
    const std::string shown = json::parse(Detail().text("found", text).str())["found"];
    EXPECT_EQ(shown, std::string(Detail::max_text, 'x') + "…");
}

// At every position a character may fall across the limit; json::parse refuses broken UTF-8.
TEST(Detail, NeverCutsACharacter) {
    for (const std::string character : {"é", "€", "\U0001F600"}) {
        for (std::size_t before = 0; before < 8; ++before) {
            std::string text(Detail::max_text - before, 'x');
            for (int i = 0; i < 10; ++i) {
                text += character;
            }
            const std::string shown = json::parse(Detail().text("found", text).str())["found"];
            EXPECT_LE(shown.size(), Detail::max_text + std::string("…").size());
            EXPECT_EQ(shown.substr(0, Detail::max_text - before),
                      text.substr(0, Detail::max_text - before));
        }
    }
}

TEST(Detail, CutsLongJsonIntoAString) {
    const std::string value = "[\"" + std::string(1000, '\\') + "\"]";
    const auto detail = json::parse(Detail().json("found", value).str());
    ASSERT_TRUE(detail["found"].is_string());
    EXPECT_LE(detail["found"].get<std::string>().size(), Detail::max_text + 3);
}

TEST(Error, CarriesEverything) {
    const Error error(ErrorCode::item_invalid, "message", Detail().number("n", 1), "hint");
    EXPECT_EQ(error.code(), ErrorCode::item_invalid);
    EXPECT_EQ(error.message(), "message");
    EXPECT_STREQ(error.what(), "message");
    EXPECT_EQ(json::parse(error.detail()), json::parse(R"({"n":1})"));
    EXPECT_EQ(error.hint(), "hint");
}

// The numbers are the SQLSTATEs of the contract.
TEST(Error, CodesAreTheContracts) {
    const ErrorCode codes[] = {
        ErrorCode::cart_not_found,   ErrorCode::version_conflict, ErrorCode::idempotency_key_reused,
        ErrorCode::item_invalid,     ErrorCode::quantity_invalid, ErrorCode::cart_not_active,
        ErrorCode::limit_exceeded,   ErrorCode::rate_limited,     ErrorCode::currency_mismatch,
        ErrorCode::item_unavailable, ErrorCode::owner_missing,    ErrorCode::not_set_up,
        ErrorCode::total_changed,    ErrorCode::item_not_in_cart, ErrorCode::code_refused};
    int number = 1;
    for (const ErrorCode code : codes) {
        EXPECT_EQ(static_cast<int>(code), number++);
    }
    EXPECT_EQ(number, 16);
}

TEST(Error, AddsTheIndex) {
    Error with_detail(ErrorCode::item_invalid, "m", Detail().text("member", "x"));
    with_detail.add_index(3);
    EXPECT_EQ(json::parse(with_detail.detail()), json::parse(R"({"index":3,"member":"x"})"));

    Error without(ErrorCode::item_invalid, "m");
    without.add_index(0);
    EXPECT_EQ(json::parse(without.detail()), json::parse(R"({"index":0})"));
    without.add_index(7);
    EXPECT_EQ(json::parse(without.detail()), json::parse(R"({"index":7})"));
}

}  // namespace
}  // namespace cart::test
