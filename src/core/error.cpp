#include "core/error.hpp"

#include "core/json.hpp"

namespace cart::core {

namespace {

// The longest beginning of `text` that has at most `limit` bytes and ends with a whole character.
std::string_view cut(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) {
        return text;
    }
    std::size_t end = limit;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return text.substr(0, end);
}

}  // namespace

void Detail::name(std::string_view name) {
    if (!members_.empty()) {
        members_ += ", ";
    }
    append_json_string(members_, name);
    members_ += ": ";
}

Detail& Detail::text(std::string_view name, std::string_view value) {
    this->name(name);
    const std::string_view shown = cut(value, max_text);
    if (shown.size() == value.size()) {
        append_json_string(members_, value);
    } else {
        append_json_string(members_, std::string(shown) + "…");
    }
    return *this;
}

Detail& Detail::json(std::string_view name, std::string_view value) {
    if (value.size() > max_text) {
        return text(name, value);
    }
    this->name(name);
    members_ += value;
    return *this;
}

Detail& Detail::number(std::string_view name, long long value) {
    this->name(name);
    members_ += std::to_string(value);
    return *this;
}

Detail& Detail::document(std::string_view name, std::string_view json) {
    this->name(name);
    members_ += json;
    return *this;
}

std::string Detail::str() const { return members_.empty() ? std::string() : "{" + members_ + "}"; }

std::string Error::detail() const {
    if (!index_) {
        return detail_;
    }
    const std::string member = "{\"index\": " + std::to_string(*index_);
    return detail_.empty() ? member + "}" : member + ", " + detail_.substr(1);
}

}  // namespace cart::core
