#include "core/text.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace cart::test {
namespace {

// All characters with the Unicode property White_Space (PropList.txt).
const std::vector<std::string> white_space = {
    "\t",     "\n",     "\v",     "\f",     "\r",     " ",      "\u0085", "\u00a0", "\u1680",
    "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
    "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

std::string normalized(std::string_view text) {
    std::pmr::string buffer;
    return std::string(core::normalize(text, buffer));
}

TEST(Trim, TakesEveryWhiteSpace) {
    std::string all;
    for (const auto& space : white_space) {
        EXPECT_EQ(core::trim(space + "a b" + space), "a b");
        EXPECT_EQ(core::trim(space), "");
        all += space;
    }
    EXPECT_EQ(core::trim(all + "a" + all + "b" + all), "a" + all + "b");
    EXPECT_EQ(core::trim(all), "");
    EXPECT_EQ(core::trim(""), "");
}

TEST(Trim, TakesNothingElse) {
    // Zero width space, joiner, byte order mark, Mongolian vowel separator, Braille blank, word
    // joiner, control characters, soft hyphen; and characters that end like a white space in UTF-8.
    for (const std::string text :
         {"\u200b", "\u200d", "\ufeff", "\u180e", "\u2800", "\u2060", "\x01", "\x1c", "\x1f",
          "\x7f", "\u00ad", "\u0105", "\u1085", "\u3080", "\u4e80", "\U00012000", "é"}) {
        EXPECT_EQ(core::trim(" " + text + " "), text);
        EXPECT_EQ(core::trim(text), text);
    }
}

TEST(Normalize, ComposesAndTrims) {
    EXPECT_EQ(normalized("Cafe\u0301"), "Caf\u00e9");
    EXPECT_EQ(normalized(" \u00a0Cafe\u0301\u3000"), "Caf\u00e9");
    EXPECT_EQ(normalized("  red\t"), "red");
    EXPECT_EQ(normalized("\u2003"), "");
    EXPECT_EQ(normalized(""), "");
}

TEST(Normalize, KeepsCase) { EXPECT_NE(normalized("Red"), normalized("red")); }

TEST(Normalize, IsCanonicalNotCompatible) {
    EXPECT_NE(normalized("\ufb01"), normalized("fi"));
    EXPECT_NE(normalized("\u00b2"), normalized("2"));
    EXPECT_NE(normalized("\uff21"), normalized("A"));
}

TEST(Normalize, Hangul) {
    EXPECT_EQ(normalized("\u1100\u1161"), "\uac00");
    EXPECT_EQ(normalized("\u1100\u1161\u11a8"), "\uac01");
    EXPECT_EQ(normalized("\uac00\u11a8"), "\uac01");
    EXPECT_EQ(normalized("\u1112\u1161\u11ab\u1100\u1173\u11af"), "\ud55c\uae00");
    EXPECT_NE(normalized("\uac00"), normalized("\uac01"));
}

TEST(Normalize, OrdersCombiningMarks) {
    // Dot below (220) and dot above (230), in either order and in every composition.
    for (const char* text : {"s\u0323\u0307", "s\u0307\u0323", "\u1e63\u0307", "\u1e61\u0323"}) {
        EXPECT_EQ(normalized(text), "\u1e69") << text;
    }
    // Marks of the same class keep their order.
    EXPECT_NE(normalized("a\u0301\u0300"), normalized("a\u0300\u0301"));
    EXPECT_EQ(normalized("e\u0302\u0301"), normalized("\u1ebf"));
    EXPECT_EQ(normalized("q\u0307\u0323"), normalized("q\u0323\u0307"));
}

TEST(Normalize, IsIdempotent) {
    for (const char* text : {"Cafe\u0301", " \u0301a", "\u212b", "\u0958", "s\u0307\u0323",
                             "\u1100\u1161\u11a8", "\u2000x\u2001", "\U0001d15e"}) {
        EXPECT_EQ(normalized(normalized(text)), normalized(text)) << text;
    }
}

TEST(Normalize, ReturnsWhatNeedsNoWorkItself) {
    const std::string text(1000, 'x');
    std::pmr::string buffer;
    EXPECT_EQ(core::normalize(text, buffer).data(), text.data());
}

TEST(Normalize, TakesLongTexts) {
    const std::size_t count = 100'000;
    std::string decomposed;
    std::string composed;
    for (std::size_t i = 0; i < count; ++i) {
        decomposed += "e\u0301";
        composed += "\u00e9";
    }
    EXPECT_TRUE(normalized(decomposed) == composed);
}

// Marks in the wrong order have to be sorted. Refusing them is right, too, but not taking minutes.
TEST(Normalize, IsNotQuadraticInCombiningMarks) {
    std::string text = "a";
    for (const char* mark : {"\u0301", "\u0323"}) {
        for (int i = 0; i < 20'000; ++i) {
            text += mark;
        }
    }
    const auto begin = std::chrono::steady_clock::now();
    try {
        (void)normalized(text);
    } catch (const core::Error& error) {
        EXPECT_EQ(error.code(), core::ErrorCode::item_invalid);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

std::string combining_run(std::size_t characters) {
    std::string text = "a";
    for (std::size_t i = 1; i < characters; ++i) {
        text += i % 2 == 0 ? "\u0323" : "\u0301";
    }
    return text;
}

TEST(Normalize, RefusesRunsBeyondItsLimit) {
    EXPECT_NO_THROW((void)normalized(combining_run(core::max_combining_run)));
    try {
        (void)normalized(combining_run(core::max_combining_run + 1));
        FAIL() << "was taken";
    } catch (const core::Error& error) {
        EXPECT_EQ(error.code(), core::ErrorCode::item_invalid);
    }
}

TEST(Normalize, TakesLongTextsInScriptsWithoutSpaces) {
    std::string chinese;
    std::string composed;
    std::string decomposed;
    for (int i = 0; i < 10'000; ++i) {
        chinese += "\u8d08";
    }
    EXPECT_EQ(normalized(chinese), chinese);
    for (int i = 0; i < 10'000; ++i) {
        composed += "caf\u00e9";
        decomposed += "cafe\u0301";
    }
    EXPECT_EQ(normalized(composed), composed);
    EXPECT_EQ(normalized(decomposed), composed);
}

}  // namespace
}  // namespace cart::test
