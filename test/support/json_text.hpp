// JSON text as core's token stream, and short ways from such text to items and keys.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/item.hpp"
#include "core/json.hpp"

namespace cart::test {

struct MalformedJson : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A token that owns its text.
struct Token {
    core::JsonEvent event = core::JsonEvent::end;
    std::string text = {};
    bool truth = false;
};

// The tokens of a whole document. As in jsonb, the last of several members with the same name is
// the one that counts, "\u0000" is refused, and numbers keep all their digits. Never recursive.
// Throws MalformedJson.
[[nodiscard]] std::vector<Token> tokenize(std::string_view text);

// The deepest nesting of containers.
[[nodiscard]] std::size_t depth_of(const std::vector<Token>& tokens);

// Replays a document. A token's text lives in memory of its own that next() gives back, so that a
// sanitizer sees whoever keeps it for longer.
class TextReader final : public core::JsonReader {
  public:
    explicit TextReader(std::string_view text) : tokens_(tokenize(text)) {}
    explicit TextReader(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    core::JsonToken next() override;
    [[nodiscard]] bool at_end() const { return at_ == tokens_.size(); }

  private:
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    std::vector<char> text_;
};

// A list of names, as match_on takes them.
[[nodiscard]] core::MatchOn match_on(std::initializer_list<std::string_view> names);
[[nodiscard]] core::MatchOn match_on(const std::vector<std::string>& names);

// The item that `text` is. Throws core::Error, MalformedJson, and std::logic_error if core did
// not read exactly to the item's end.
[[nodiscard]] core::Item item_of(std::string_view text,
                                 const core::MatchOn& names = core::MatchOn());
[[nodiscard]] core::ItemKey key_of(std::string_view text,
                                   const core::MatchOn& names = core::MatchOn());
// The same of both ways to ask, or std::logic_error.
[[nodiscard]] bool matches(std::string_view a, std::string_view b,
                           const core::MatchOn& names = core::MatchOn());

// Whether `text` is a JSON object, whatever numbers it holds.
[[nodiscard]] bool is_json_object(std::string_view text);

// `text` as a JSON string, by nlohmann's writer and not by core's.
[[nodiscard]] std::string json_quoted(std::string_view text);

}  // namespace cart::test

namespace cart::core {

// For GoogleTest's messages.
void PrintTo(const ItemKey& key, std::ostream* out);
void PrintTo(const Decimal& number, std::ostream* out);

}  // namespace cart::core
