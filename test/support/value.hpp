// A JSON value as a tree, for generators and the oracle. Numbers keep the text they are written in,
// and members their order.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "support/json_text.hpp"

namespace cart::test {

struct Value {
    enum class Kind : unsigned char { null, boolean, number, string, array, object };

    Kind kind = Kind::null;
    bool truth = false;
    std::string text;                // of a number or a string
    std::vector<std::string> names;  // of an object's members
    std::vector<Value> elements;     // of an array, or the values of an object's members

    static Value null() { return {}; }
    static Value boolean(bool truth);
    static Value number(std::string text);
    static Value string(std::string text);
    static Value array(std::vector<Value> elements = {});
    static Value object() { return of(Kind::object); }
    static Value of(Kind kind);

    [[nodiscard]] bool is(Kind other) const { return kind == other; }
    // A member's value, or nullptr.
    [[nodiscard]] const Value* find(std::string_view name) const;
    // Adds or replaces a member.
    void set(std::string_view name, Value value);
    void add(std::string name, Value value);
    void erase(std::size_t at);
};

// As JSON text. Recursive: for values that a generator made.
[[nodiscard]] std::string to_json(const Value& value);

// The tree of a document, whose depth_of() should be small: it is recursive.
[[nodiscard]] Value to_value(const std::vector<Token>& tokens);

}  // namespace cart::test
