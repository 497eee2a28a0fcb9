// What core needs from the platform it runs on.
//
// Core has no SHA-256 and no Unicode tables of its own: PostgreSQL has both. These functions are
// declared here and defined once a program: in the server by src/pg/port.cpp, in the tests by
// test/support/port.cpp, both on top of PostgreSQL's own code.
#pragma once

#include <array>
#include <cstddef>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>

namespace cart::core::port {

using Sha256Digest = std::array<std::byte, 32>;

// The SHA-256 (FIPS 180-4) of `bytes`.
[[nodiscard]] Sha256Digest sha256(std::span<const std::byte> bytes);

// `utf8` in Unicode Normalization Form C (Unicode Standard Annex #15). `utf8` is valid UTF-8;
// whoever reads JSON has seen to that. May take time quadratic in the length.
[[nodiscard]] std::pmr::string to_nfc(std::string_view utf8, std::pmr::memory_resource* memory);

// Whether `utf8` is in that form already, found out in linear time: Unicode's quick check. false
// also where the check cannot tell.
[[nodiscard]] bool is_nfc(std::string_view utf8);

}  // namespace cart::core::port
