#include "support/json_text.hpp"

#include <algorithm>
#include <cstdint>
#include <iomanip>
#include <map>
#include <nlohmann/json.hpp>
#include <unordered_map>

namespace cart::test {

namespace {

using core::JsonEvent;

// The parser turns numbers into its floating point type and refuses what is infinite in it. This
// type takes every number: the text is what counts.
struct AnyNumber {
    AnyNumber() = default;
    AnyNumber(double value) : ignored(value) {}  // NOLINT: used like a number
    operator double&() { return ignored; }       // NOLINT: to be written by strtod()
    operator double() const { return 0.0; }      // NOLINT: always finite
    double ignored;
};

using Parser = nlohmann::basic_json<std::map, std::vector, std::string, bool, std::int64_t,
                                    std::uint64_t, AnyNumber>;

// Receives the parser's events and writes them down.
class Recorder {
  public:
    bool null() { return scalar({.event = JsonEvent::null}); }
    bool boolean(bool value) { return scalar({.event = JsonEvent::boolean, .truth = value}); }
    bool number_integer(std::int64_t value) {
        // Only numbers with a minus come here: 0 was "-0".
        return number(value == 0 ? "-0" : std::to_string(value));
    }
    bool number_unsigned(std::uint64_t value) { return number(std::to_string(value)); }
    bool number_float(AnyNumber /*value*/, const std::string& text) { return number(text); }
    bool string(const std::string& value) {
        refuse_nul(value);
        return scalar({.event = JsonEvent::string, .text = value});
    }
    bool binary(std::vector<std::uint8_t>& /*value*/) { return false; }
    bool start_object(std::size_t /*size*/) { return begin(JsonEvent::object_begin); }
    bool start_array(std::size_t /*size*/) { return begin(JsonEvent::array_begin); }
    bool end_object() { return end(JsonEvent::object_end); }
    bool end_array() { return end(JsonEvent::array_end); }

    bool key(const std::string& name) {
        refuse_nul(name);
        Open& object = open_.back();
        const auto [at, is_new] = object.members.try_emplace(name, tokens_.size());
        if (!is_new) {
            tokens_[at->second].dropped = true;
            at->second = tokens_.size();
        }
        object.member = tokens_.size();
        tokens_.push_back({{.event = JsonEvent::key, .text = name}});
        return true;
    }

    template <typename Exception>
    bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                     const Exception& error) {
        throw MalformedJson(error.what());
    }

    // All but the members that a later one replaced.
    std::vector<Token> take() {
        std::vector<Token> kept;
        kept.reserve(tokens_.size());
        for (std::size_t i = 0; i < tokens_.size();) {
            if (tokens_[i].dropped) {
                i = tokens_[i].member_end;
            } else {
                kept.push_back(std::move(tokens_[i].token));
                ++i;
            }
        }
        return kept;
    }

  private:
    struct Recorded {
        Token token;
        std::size_t member_end = 0;  // of a key: the place after the member's value
        bool dropped = false;
    };
    struct Open {
        bool is_object = false;
        std::size_t member = 0;  // the key of the member being read
        std::unordered_map<std::string, std::size_t> members = {};
    };

    static void refuse_nul(const std::string& text) {
        if (text.find('\0') != std::string::npos) {
            throw MalformedJson("\\u0000 cannot be converted to text");
        }
    }

    bool number(std::string text) {
        return scalar({.event = JsonEvent::number, .text = std::move(text)});
    }

    bool scalar(Token token) {
        tokens_.push_back({std::move(token)});
        return end_value();
    }

    bool begin(JsonEvent event) {
        tokens_.push_back({{.event = event}});
        open_.push_back({.is_object = event == JsonEvent::object_begin});
        return true;
    }

    bool end(JsonEvent event) {
        tokens_.push_back({{.event = event}});
        open_.pop_back();
        return end_value();
    }

    bool end_value() {
        if (!open_.empty() && open_.back().is_object) {
            tokens_[open_.back().member].member_end = tokens_.size();
        }
        return true;
    }

    std::vector<Recorded> tokens_;
    std::vector<Open> open_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view text) {
    // The parser would take it for the end.
    if (text.find('\0') != std::string_view::npos) {
        throw MalformedJson("a NUL character");
    }
    Recorder recorder;
    if (!Parser::sax_parse(text, &recorder)) {
        throw MalformedJson("no JSON");
    }
    return recorder.take();
}

std::size_t depth_of(const std::vector<Token>& tokens) {
    std::size_t depth = 0;
    std::size_t deepest = 0;
    for (const Token& token : tokens) {
        if (core::begins_container(token.event)) {
            deepest = std::max(deepest, ++depth);
        } else if (core::ends_container(token.event)) {
            --depth;
        }
    }
    return deepest;
}

core::JsonToken TextReader::next() {
    if (at_end()) {
        return {};
    }
    const Token& token = tokens_[at_++];
    std::vector<char>(token.text.begin(), token.text.end()).swap(text_);
    return {.event = token.event,
            .text = std::string_view(text_.data(), text_.size()),
            .truth = token.truth};
}

core::MatchOn match_on(std::initializer_list<std::string_view> names) {
    return core::MatchOn(std::span(names.begin(), names.size()));
}

core::MatchOn match_on(const std::vector<std::string>& names) {
    const std::vector<std::string_view> views(names.begin(), names.end());
    return core::MatchOn(views);
}

core::Item item_of(std::string_view text, const core::MatchOn& names) {
    TextReader reader(text);
    const core::Item item = core::read_item(reader, names, std::pmr::get_default_resource());
    if (!reader.at_end()) {
        throw std::logic_error("read_item() did not read to the end of the item");
    }
    return item;
}

core::ItemKey key_of(std::string_view text, const core::MatchOn& names) {
    return item_of(text, names).key;
}

namespace {

// The members of an object, each as its tokens.
std::map<std::string, std::string> members_of(std::string_view text) {
    TextReader reader(text);
    std::map<std::string, std::string> members;
    std::string name;
    int depth = 0;
    for (core::JsonToken token = reader.next(); token.event != JsonEvent::end;
         token = reader.next()) {
        if (depth == 1 && token.event == JsonEvent::key) {
            name = token.text;
        } else {
            // By the event: an array's beginning and end have one name in messages.
            members[name].append(std::to_string(static_cast<int>(token.event))).append(1, ' ');
            members[name].append(token.text).append(token.truth ? "yes" : "no").append(1, '\0');
        }
        depth += core::begins_container(token.event) ? 1 : 0;
        depth -= core::ends_container(token.event) ? 1 : 0;
    }
    return members;
}

std::vector<std::string> differing_members(std::string_view a, std::string_view b) {
    const auto in_a = members_of(a);
    const auto in_b = members_of(b);
    std::vector<std::string> differing;
    for (const auto& [name, tokens] : in_a) {
        const auto other = in_b.find(name);
        if (other == in_b.end() || other->second != tokens) {
            differing.push_back(name);
        }
    }
    for (const auto& [name, tokens] : in_b) {
        if (!in_a.contains(name)) {
            differing.push_back(name);
        }
    }
    return differing;
}

bool have_same_key(std::string_view a, std::string_view b, const core::MatchOn& names) {
    const std::vector<std::string> differing = differing_members(a, b);
    const std::vector<std::string_view> views(differing.begin(), differing.end());
    TextReader reader_a(a);
    TextReader reader_b(b);
    return core::have_same_key(reader_a, reader_b, names, views, std::pmr::get_default_resource());
}

}  // namespace

bool matches(std::string_view a, std::string_view b, const core::MatchOn& names) {
    const bool equal_keys = key_of(a, names) == key_of(b, names);
    if (have_same_key(a, b, names) != equal_keys) {
        throw std::logic_error("have_same_key() is of another mind than the keys:\n" +
                               std::string(a) + "\n" + std::string(b));
    }
    return equal_keys;
}

bool is_json_object(std::string_view text) {
    try {
        return tokenize(text).front().event == JsonEvent::object_begin;
    } catch (const MalformedJson&) {
        return false;
    }
}

std::string json_quoted(std::string_view text) { return nlohmann::json(text).dump(); }

}  // namespace cart::test

namespace cart::core {

void PrintTo(const ItemKey& key, std::ostream* out) {
    const auto flags = out->flags();
    *out << std::hex << std::setfill('0');
    for (const std::byte byte : key.bytes) {
        *out << std::setw(2) << std::to_integer<int>(byte);
    }
    out->flags(flags);
}

void PrintTo(const Decimal& number, std::ostream* out) { *out << number.to_string(); }

}  // namespace cart::core
