// The port under the tests themselves: if it were wrong, so would be what the others say.
#include "core/port.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "support/unicode.hpp"

namespace cart::test {
namespace {

std::string hex_digest(std::string_view text) {
    std::string hex;
    for (const std::byte byte : core::port::sha256(std::as_bytes(std::span(text)))) {
        char buffer[3];
        std::snprintf(buffer, sizeof buffer, "%02x", std::to_integer<unsigned>(byte));
        hex += buffer;
    }
    return hex;
}

std::string nfc(std::string_view text) {
    return std::string(core::port::to_nfc(text, std::pmr::get_default_resource()));
}

// FIPS 180-4's examples.
TEST(Port, Sha256) {
    EXPECT_EQ(hex_digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex_digest("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex_digest(std::string(1'000'000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Port, NfcComposes) {
    EXPECT_EQ(nfc("Cafe\u0301"), "Caf\u00e9");
    EXPECT_EQ(nfc("plain"), "plain");
    EXPECT_EQ(nfc(""), "");
    EXPECT_EQ(nfc("\u1112\u1161\u11ab"), "\ud55c");
    EXPECT_EQ(nfc("\u212b"), "\u00c5");        // the sign for ångström is a letter
    EXPECT_EQ(nfc("\u0958"), "\u0915\u093c");  // excluded from composition
    EXPECT_EQ(nfc("\U0001F600"), "\U0001F600");
}

TEST(Port, NfdDecomposes) {
    EXPECT_EQ(to_nfd("Caf\u00e9"), "Cafe\u0301");
    EXPECT_EQ(to_nfd("\ud55c"), "\u1112\u1161\u11ab");
    EXPECT_EQ(to_nfd("\u1e69"), "s\u0323\u0307");
}

}  // namespace
}  // namespace cart::test
