#include "core/text.hpp"

#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "core/port.hpp"

namespace cart::core {

namespace {

using namespace std::string_view_literals;

// Unicode 15, PropList.txt, White_Space, in UTF-8. The set has been stable since Unicode 6.3.
constexpr std::array white_space = {
    "\t"sv,           "\n"sv,           "\v"sv,           "\f"sv,           "\r"sv,
    " "sv,            "\u0085"sv,       "\u00a0"sv,       "\u1680"sv,       "\u2000"sv,
    "\u2001"sv,       "\u2002"sv,       "\u2003"sv,       "\u2004"sv,       "\u2005"sv,
    "\u2006"sv,       "\u2007"sv,       "\u2008"sv,       "\u2009"sv,       "\u200a"sv,
    "\u2028"sv,       "\u2029"sv,       "\u202f"sv,       "\u205f"sv,       "\u3000"sv,
};

constexpr bool is_ascii(char c) noexcept { return (static_cast<unsigned char>(c) & 0x80U) == 0; }

// Bytes of the white space character that `text` begins with, 0 if it begins with none.
std::size_t leading_space(std::string_view text) noexcept {
    const auto* found = std::ranges::find_if(
        white_space, [&](std::string_view space) { return text.starts_with(space); });
    return found == white_space.end() ? 0 : found->size();
}

std::size_t trailing_space(std::string_view text) noexcept {
    const auto* found = std::ranges::find_if(
        white_space, [&](std::string_view space) { return text.ends_with(space); });
    return found == white_space.end() ? 0 : found->size();
}

// Most strings begin and end with a printable ASCII character; they need no look at the list.
constexpr bool is_plain(char c) noexcept { return c > ' ' && is_ascii(c); }

}  // namespace

std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && !is_plain(text.front())) {
        const std::size_t space = leading_space(text);
        if (space == 0) {
            break;
        }
        text.remove_prefix(space);
    }
    while (!text.empty() && !is_plain(text.back())) {
        const std::size_t space = trailing_space(text);
        if (space == 0) {
            break;
        }
        text.remove_suffix(space);
    }
    return text;
}

std::string_view normalize(std::string_view text, std::pmr::string& buffer) {
    if (std::ranges::all_of(text, is_ascii)) {
        return trim(text);
    }
    if (text.size() > max_normalized_text) {
        throw Error(ErrorCode::item_invalid, "a string of the item's identity is too long",
                    Detail()
                        .number("bytes", static_cast<long long>(text.size()))
                        .number("limit", static_cast<long long>(max_normalized_text)));
    }
    buffer = port::to_nfc(text, buffer.get_allocator().resource());
    return trim(buffer);
}

}  // namespace cart::core
