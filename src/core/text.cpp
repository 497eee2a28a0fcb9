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
    "\t"sv,     "\n"sv,     "\v"sv,     "\f"sv,     "\r"sv,     " "sv,      "\u0085"sv,
    "\u00a0"sv, "\u1680"sv, "\u2000"sv, "\u2001"sv, "\u2002"sv, "\u2003"sv, "\u2004"sv,
    "\u2005"sv, "\u2006"sv, "\u2007"sv, "\u2008"sv, "\u2009"sv, "\u200a"sv, "\u2028"sv,
    "\u2029"sv, "\u202f"sv, "\u205f"sv, "\u3000"sv,
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

namespace {

constexpr bool begins_character(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

// Whether a character beginning with this byte is below U+0300. Those are in NFC as they are, and
// never combine with what stands before them: a text can be cut there.
constexpr bool begins_low_character(char c) noexcept {
    return begins_character(c) && static_cast<unsigned char>(c) < 0xCCU;
}

// Appends the NFC of a character and those from U+0300 on that follow it.
void append_segment(std::string_view segment, std::pmr::string& out) {
    if (port::is_nfc(segment)) {
        out += segment;
        return;
    }
    const auto characters =
        static_cast<std::size_t>(std::ranges::count_if(segment, begins_character));
    if (characters > max_combining_run) {
        throw Error(ErrorCode::item_invalid,
                    "a string of the item's identity has too many combining characters in a row",
                    Detail()
                        .number("found", static_cast<long long>(characters))
                        .number("limit", static_cast<long long>(max_combining_run)));
    }
    out += port::to_nfc(segment, out.get_allocator().resource());
}

void append_nfc(std::string_view text, std::pmr::string& out) {
    while (!text.empty()) {
        const auto low = std::ranges::find_if_not(
            text, [](char c) { return begins_low_character(c) || !begins_character(c); });
        // The last low character may take what follows.
        auto begin = low;
        while (begin != text.begin() && !begins_character(*--begin)) {
        }
        const auto end = std::find_if(low, text.end(), begins_low_character);
        out.append(text.begin(), low == text.end() ? low : begin);
        if (low != text.end()) {
            append_segment(std::string_view(begin, end), out);
        }
        text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
    }
}

}  // namespace

std::string_view normalize(std::string_view text, std::pmr::string& buffer) {
    if (std::ranges::all_of(text, is_ascii)) {
        return trim(text);
    }
    buffer.clear();
    append_nfc(text, buffer);
    return trim(buffer);
}

}  // namespace cart::core
