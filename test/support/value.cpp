#include "support/value.hpp"

#include <algorithm>
#include <utility>

namespace cart::test {

namespace {

using core::JsonEvent;

void append_json(std::string& out, const Value& value) {
    switch (value.kind) {
        case Value::Kind::null:
            out += "null";
            return;
        case Value::Kind::boolean:
            out += value.truth ? "true" : "false";
            return;
        case Value::Kind::number:
            out += value.text;
            return;
        case Value::Kind::string:
            out += json_quoted(value.text);
            return;
        case Value::Kind::array:
        case Value::Kind::object:
            break;
    }
    const bool is_object = value.is(Value::Kind::object);
    out += is_object ? '{' : '[';
    for (std::size_t i = 0; i < value.elements.size(); ++i) {
        out += i > 0 ? "," : "";
        if (is_object) {
            out += json_quoted(value.names[i]) + ":";
        }
        append_json(out, value.elements[i]);
    }
    out += is_object ? '}' : ']';
}

Value take(const std::vector<Token>& tokens, std::size_t& at) {
    const Token& token = tokens.at(at++);
    switch (token.event) {
        case JsonEvent::boolean:
            return Value::boolean(token.truth);
        case JsonEvent::number:
            return Value::number(token.text);
        case JsonEvent::string:
            return Value::string(token.text);
        case JsonEvent::array_begin: {
            Value array = Value::array();
            while (tokens.at(at).event != JsonEvent::array_end) {
                array.elements.push_back(take(tokens, at));
            }
            ++at;
            return array;
        }
        case JsonEvent::object_begin: {
            Value object = Value::object();
            while (tokens.at(at).event != JsonEvent::object_end) {
                const std::string& name = tokens.at(at++).text;
                object.add(name, take(tokens, at));
            }
            ++at;
            return object;
        }
        default:
            return Value::null();
    }
}

}  // namespace

Value Value::of(Kind kind) {
    Value value;
    value.kind = kind;
    return value;
}

Value Value::boolean(bool truth) {
    Value value = of(Kind::boolean);
    value.truth = truth;
    return value;
}

Value Value::number(std::string text) {
    Value value = of(Kind::number);
    value.text = std::move(text);
    return value;
}

Value Value::string(std::string text) {
    Value value = of(Kind::string);
    value.text = std::move(text);
    return value;
}

Value Value::array(std::vector<Value> elements) {
    Value value = of(Kind::array);
    value.elements = std::move(elements);
    return value;
}

const Value* Value::find(std::string_view name) const {
    const auto found = std::ranges::find(names, name);
    return found == names.end() ? nullptr
                                : &elements[static_cast<std::size_t>(found - names.begin())];
}

void Value::set(std::string_view name, Value value) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) {
        add(std::string(name), std::move(value));
    } else {
        elements[static_cast<std::size_t>(found - names.begin())] = std::move(value);
    }
}

void Value::add(std::string name, Value value) {
    names.push_back(std::move(name));
    elements.push_back(std::move(value));
}

void Value::erase(std::size_t at) {
    elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(at));
    if (is(Kind::object)) {
        names.erase(names.begin() + static_cast<std::ptrdiff_t>(at));
    }
}

std::string to_json(const Value& value) {
    std::string out;
    append_json(out, value);
    return out;
}

Value to_value(const std::vector<Token>& tokens) {
    std::size_t at = 0;
    return take(tokens, at);
}

}  // namespace cart::test
