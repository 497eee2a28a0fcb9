// Unicode for tests: what makes other texts of the same string.
#pragma once

#include <string>
#include <string_view>

namespace cart::test {

// `utf8`, decomposed (NFD).
[[nodiscard]] std::string to_nfd(std::string_view utf8);

}  // namespace cart::test
