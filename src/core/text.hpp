// Strings as identity compares them: Unicode NFC, outer white space trimmed, case kept.
#pragma once

#include <memory_resource>
#include <string>
#include <string_view>

namespace cart::core {

// `text` without leading and trailing characters that have the Unicode property White_Space.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

// NFC of `text`, trimmed. The result refers to `text` itself, or to `buffer` where NFC had to be
// made. Linear in the length of the text. Throws Error(item_invalid) where more than
// max_combining_run characters depend on one another and are not in NFC: no language writes so,
// and putting combining characters in order takes quadratic time.
[[nodiscard]] std::string_view normalize(std::string_view text, std::pmr::string& buffer);

inline constexpr std::size_t max_combining_run = 256;

}  // namespace cart::core
