// JSON as core sees it: a stream of tokens to pull, from whatever holds the document.
//
// The server reads jsonb through it, the tests read text. Core never builds a tree and never
// recurses, so the depth of a document costs it nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cart::core {

enum class JsonEvent : std::uint8_t {
    end,  // nothing more
    object_begin,
    object_end,
    array_begin,
    array_end,
    key,      // text: the member's name
    string,   // text: the value
    number,   // text: as JSON writes numbers
    boolean,  // truth
    null,
};

struct JsonToken {
    JsonEvent event = JsonEvent::end;
    std::string_view text = {};  // UTF-8, valid until the next call of next()
    bool truth = false;
};

// A well-formed document, token by token. Members of one object have different names.
class JsonReader {
  public:
    JsonReader() = default;
    JsonReader(const JsonReader&) = delete;
    JsonReader& operator=(const JsonReader&) = delete;
    virtual ~JsonReader() = default;

    virtual JsonToken next() = 0;
    // Passes over a member's value, of which the key has just been read.
    virtual void skip_value();
    // Reads on to the end of the container that was begun last.
    virtual void skip_container();
};

// What a person calls such a value: "object", "string", …
[[nodiscard]] std::string_view name_of(JsonEvent event) noexcept;

// True for the tokens that begin a container.
[[nodiscard]] constexpr bool begins_container(JsonEvent event) noexcept {
    return event == JsonEvent::object_begin || event == JsonEvent::array_begin;
}
[[nodiscard]] constexpr bool ends_container(JsonEvent event) noexcept {
    return event == JsonEvent::object_end || event == JsonEvent::array_end;
}

// Reads on to the end of the value that begins with `first`.
void skip(const JsonToken& first, JsonReader& reader);

// Appends `text` as a JSON string, with its quotes (RFC 8259).
void append_json_string(std::string& out, std::string_view text);

}  // namespace cart::core
