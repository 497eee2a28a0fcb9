#include "core/json.hpp"

namespace cart::core {

std::string_view name_of(JsonEvent event) noexcept {
    switch (event) {
        case JsonEvent::object_begin:
        case JsonEvent::object_end:
            return "object";
        case JsonEvent::array_begin:
        case JsonEvent::array_end:
            return "array";
        case JsonEvent::string:
        case JsonEvent::key:
            return "string";
        case JsonEvent::number:
            return "number";
        case JsonEvent::boolean:
            return "boolean";
        case JsonEvent::null:
            return "null";
        case JsonEvent::end:
            break;
    }
    return "nothing";
}

void skip(const JsonToken& first, JsonReader& reader) {
    if (begins_container(first.event)) {
        reader.skip_container();
    }
}

void JsonReader::skip_value() { skip(next(), *this); }

void JsonReader::skip_container() {
    std::size_t depth = 1;
    while (depth > 0) {
        const JsonEvent event = next().event;
        if (begins_container(event)) {
            ++depth;
        } else if (ends_container(event)) {
            --depth;
        }
    }
}

void append_json_string(std::string& out, std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (byte < 0x20) {
            out += "\\u00";
            out += hex[byte >> 4U];
            out += hex[byte & 0x0FU];
        } else {
            out += c;
        }
    }
    out += '"';
}

}  // namespace cart::core
