// Reading and matching of any bytes.
//
// The first byte says what the others are, the second by which members items are compared:
//   '0'  two JSON texts, between them the byte FF, which no text has;
//   '1'  a JSON text, FF, and the choices by which it is rewritten;
//   '2'  the choices from which two items are made.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "fuzz/demand.hpp"
#include "support/exact.hpp"
#include "support/generate.hpp"
#include "support/laws.hpp"
#include "support/oracle.hpp"

namespace cart::test {
namespace {

using Names = std::vector<std::string>;

// The oracle is recursive; deeper texts are only read.
constexpr std::size_t max_depth = 200;

std::string_view text_of(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Names names_of(std::uint8_t byte) {
    switch (byte % 4) {
        case 1:
            return {"product_id", "engraving"};
        case 2:
            return {"options", "dimensions"};
        case 3:
            return {"material"};
        default:
            return default_match_on();
    }
}

// Reads an item from any text. Nothing if it is none; what is none has to be refused properly.
std::optional<Value> item_from(std::string_view text, const Names& names) {
    const core::MatchOn match_on = test::match_on(names);
    const auto tokens = tokenize(text);
    const Reading reading = read(text, match_on);
    const Reading again = read(text, match_on);
    if (reading.key != again.key || reading.error != again.error) {
        demand("read twice, it is not the same");
    }
    if (!reading.readable || depth_of(tokens) > max_depth) {
        return std::nullopt;
    }
    return to_value(tokens);
}

void compare_texts(std::span<const std::uint8_t> bytes, const Names& names) {
    const std::string_view text = text_of(bytes);
    const auto end = text.find('\xff');
    const auto a = item_from(text.substr(0, end), names);
    if (a && end != std::string_view::npos) {
        if (const auto b = item_from(text.substr(end + 1), names)) {
            demand(agrees_with_oracle(*a, *b, names));
        }
    }
}

void rewrite_text(std::span<const std::uint8_t> bytes, const Names& names) {
    const std::string_view text = text_of(bytes);
    const auto end = text.find('\xff');
    if (end == std::string_view::npos) {
        return;
    }
    if (const auto item = item_from(text.substr(0, end), names)) {
        demand(reads_the_product_id(*item));
        Choices choices(bytes.subspan(end + 1));
        demand(survives_rewriting(*item, names, choices));
        const Value near = near_item(*item, choices);
        demand(agrees_with_oracle(*item, near, names));
    }
}

void compare_items(std::span<const std::uint8_t> bytes) {
    Choices choices(bytes);
    const Names names = any_match_on(choices);
    const Value item = any_item(choices);
    const Value near = near_item(item, choices);
    demand(agrees_with_oracle(item, near, names));
    demand(survives_rewriting(near, names, choices));
}

void run(std::span<const std::uint8_t> bytes) {
    const Names names = names_of(bytes[1]);
    switch (bytes[0] % 3) {
        case 0:
            compare_texts(bytes.subspan(2), names);
            return;
        case 1:
            rewrite_text(bytes.subspan(2), names);
            return;
        default:
            compare_items(bytes.subspan(2));
    }
}

}  // namespace
}  // namespace cart::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return -1;
    }
    try {
        cart::test::run({data, size});
    } catch (const cart::test::MalformedJson&) {
        return -1;
    } catch (const cart::test::BeyondOracle&) {
        return 0;
    }
    return 0;
}
