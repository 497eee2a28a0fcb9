// Strings as identity compares them: Unicode NFC, outer white space trimmed, case kept.
#pragma once

#include <memory_resource>
#include <string>
#include <string_view>

namespace cart::core {

// `text` without leading and trailing characters that have the Unicode property White_Space.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

// NFC of `text`, trimmed. The result refers to `text` itself, or to `buffer` where NFC had to be
// made. Throws Error(item_invalid) for a string over max_normalized_text bytes that is not ASCII.
[[nodiscard]] std::string_view normalize(std::string_view text, std::pmr::string& buffer);

// NFC needs about 13 bytes of memory a byte of text, and the server allocates at most 1 GB.
inline constexpr std::size_t max_normalized_text = std::size_t{32} << 20U;

}  // namespace cart::core
