#include "support/generate.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "support/exact.hpp"
#include "support/unicode.hpp"

namespace cart::test {

namespace {

using Kind = Value::Kind;

// What the rules turn on: numbers and measures as text, both normal forms, white space, names that
// mean something, and characters that look like parts of an encoding.
const std::vector<std::string> strings = {"a",
                                          "b",
                                          "red",
                                          "Red",
                                          "",
                                          " ",
                                          " a",
                                          "a\t",
                                          "10",
                                          "10.0",
                                          "1e1",
                                          "+10",
                                          "010",
                                          "7",
                                          "007",
                                          "0",
                                          "-0",
                                          "10cm",
                                          "100 mm",
                                          "0.1m",
                                          "1in",
                                          "25.4mm",
                                          "1ft",
                                          "12 in",
                                          "1yd",
                                          "3ft",
                                          "1kg",
                                          "1000g",
                                          "1lb",
                                          "16oz",
                                          "1l",
                                          "1000 ml",
                                          "1m",
                                          "10 CM",
                                          "10km",
                                          "cm",
                                          "mm",
                                          "kg",
                                          "in",
                                          "lb",
                                          "oz",
                                          "name",
                                          "value",
                                          "unit",
                                          "Caf\u00e9",
                                          "Cafe\u0301",
                                          "\uac01",
                                          "\u1100\u1161\u11a8",
                                          "s\u0323\u0307",
                                          "s\u0307\u0323",
                                          "\u1e69",
                                          "\u212b",
                                          "\u00c5",
                                          "\u00a0a\u3000",
                                          "\u200b",
                                          "\u0301a",
                                          "null",
                                          "true",
                                          "[]",
                                          "{}",
                                          "a\x01s",
                                          "\x02o",
                                          "aa",
                                          "ab",
                                          "\U0001F600",
                                          "1 0",
                                          "1.5",
                                          "1.50",
                                          "1e",
                                          "e1",
                                          ".5",
                                          "5.",
                                          "-7.5",
                                          "1e-2",
                                          "0.01"};

const std::vector<std::string> numbers = {"0",
                                          "1",
                                          "10",
                                          "10.0",
                                          "1e1",
                                          "7",
                                          "-0",
                                          "0.0",
                                          "2",
                                          "-1",
                                          "10.5",
                                          "0.1",
                                          "1e-1",
                                          "100",
                                          "1E+2",
                                          "25.4",
                                          "254e-1",
                                          "12",
                                          "3",
                                          "16",
                                          "1000",
                                          "1e3",
                                          "-7.5",
                                          "0.01",
                                          "1.50",
                                          "12345678901234567890",
                                          "9007199254740993",
                                          "9007199254740992",
                                          "1e30",
                                          "1e-30",
                                          "1e400",
                                          "10e399"};

const std::vector<std::string> names = {
    "a",         "b",          "name", "value",   "unit",       "color",      " a", "A", "",
    "Caf\u00e9", "Cafe\u0301", "10",   "options", "dimensions", "product_id", "c",  "d", "width"};

const std::vector<std::string> identity_members = {"product_id", "variant_id", "dimensions",
                                                   "material",   "options",    "engraving"};

const std::vector<std::string> spaces = {" ", "\t", "\n", "\u00a0", "\u2003", "\u3000", "\u0085"};

const std::vector<std::string> units = {"mm", "cm", "m",  "in", "ft", "yd",
                                        "g",  "kg", "oz", "lb", "ml", "l"};

// Longer than the forms that are kept whole, or nearly so; different in the last byte.
std::string long_string(Choices& choices) {
    return std::string(4080 + choices.below(32), 'x') + (choices.one_in(2) ? "a" : "b");
}

Value any_scalar(Choices& choices) {
    if (choices.one_in(64)) {
        return Value::string(long_string(choices));
    }
    switch (choices.below(8)) {
        case 0:
            return Value::null();
        case 1:
            return Value::boolean(choices.one_in(2));
        case 2:
        case 3:
        case 4:
            return Value::number(choices.pick(numbers));
        default:
            return Value::string(choices.pick(strings));
    }
}

bool has_name(const Value& object, std::string_view name) { return object.find(name) != nullptr; }

Value any_object(Choices& choices, std::size_t depth) {
    Value object = Value::object();
    for (std::size_t count = choices.below(4); count > 0; --count) {
        object.set(choices.pick(names), any_value(choices, depth - 1));
    }
    return object;
}

Value any_array(Choices& choices, std::size_t depth) {
    Value array = Value::array();
    for (std::size_t count = choices.below(5); count > 0; --count) {
        array.elements.push_back(any_value(choices, depth - 1));
    }
    return array;
}

// A list out of so few values that brackets and places are what makes the difference.
Value any_brackets(Choices& choices, std::size_t depth) {
    Value array = Value::array();
    for (std::size_t count = choices.below(4); count > 0; --count) {
        switch (choices.below(depth > 0 ? 5 : 3)) {
            case 0:
                array.elements.push_back(Value::number("1"));
                break;
            case 1:
                array.elements.push_back(Value::null());
                break;
            case 2:
                array.elements.push_back(Value::string("1"));
                break;
            default:
                array.elements.push_back(any_brackets(choices, depth - 1));
        }
    }
    return array;
}

// [{"name":…, "value":…}, …]
Value any_pairs(Choices& choices, std::size_t depth) {
    Value array = Value::array();
    for (std::size_t count = choices.below(4); count > 0; --count) {
        Value pair = Value::object();
        pair.add("name",
                 choices.one_in(8) ? any_scalar(choices) : Value::string(choices.pick(names)));
        pair.set(choices.one_in(8) ? choices.pick(names) : "value", any_value(choices, depth - 1));
        array.elements.push_back(std::move(pair));
    }
    return array;
}

Value any_measure(Choices& choices) {
    Value object = Value::object();
    object.add("value", Value::number(choices.pick(numbers)));
    object.add("unit", Value::string(choices.pick(units)));
    return object;
}

// --- other notations ---

std::string space(Choices& choices) {
    std::string out;
    for (std::size_t count = choices.below(3); count > 0; --count) {
        out += choices.pick(spaces);
    }
    return out;
}

// Notations of JSON's for one value.
std::string restated(const Exact& number, Choices& choices) {
    const std::string digits = Integer(boost::multiprecision::abs(number.coefficient)).str();
    const std::string sign = number.coefficient < 0 ? "-" : "";
    const auto with_exponent = [&](const std::string& mantissa, std::int64_t exponent) {
        static const std::vector<std::string> marks = {"e", "E"};
        std::string out = sign + mantissa + choices.pick(marks);
        out += exponent >= 0 && choices.one_in(2) ? "+" : "";
        return out + std::to_string(exponent);
    };
    if (number.coefficient == 0) {
        static const std::vector<std::string> zeros = {"0", "-0", "0.0", "0e5", "-0.00", "0E-7"};
        return choices.pick(zeros);
    }
    const bool is_small = number.exponent > -50 && number.exponent < 50;
    switch (choices.below(5)) {
        case 0:
            return with_exponent(digits, number.exponent);
        case 1:
            return with_exponent(digits + "000", number.exponent - 3);
        case 2:
            return with_exponent(digits.substr(0, 1) + "." + digits.substr(1) + "0",
                                 number.exponent + static_cast<std::int64_t>(digits.size()) - 1);
        case 3:
            return is_small ? number.plain() : with_exponent(digits, number.exponent);
        default:
            return is_small ? number.plain() + (number.exponent < 0 ? "00" : ".000")
                            : with_exponent(
                                  "0.00" + digits,
                                  number.exponent + 2 + static_cast<std::int64_t>(digits.size()));
    }
}

// Notations of a person's, too.
std::string loosely(const Exact& number, Choices& choices) {
    std::string text = restated(number, choices);
    const bool negative = text.front() == '-';
    std::string sign = negative ? "-" : choices.one_in(3) ? "+" : "";
    text = text.substr(negative ? 1 : 0);
    if (choices.one_in(3)) {
        text = "00" + text;
    } else if (text.starts_with("0.") && choices.one_in(3)) {
        text = text.substr(1);
    }
    if (text.find_first_of(".eE") == std::string::npos && choices.one_in(4)) {
        text += '.';
    }
    return sign + text;
}

std::string respelled(const std::string& text, Choices& choices) {
    std::string out = choices.one_in(2) ? to_nfd(text) : compared(text);
    return space(choices) + out + space(choices);
}

// The same measure in another unit in which it is a finite decimal.
std::optional<std::pair<Exact, std::string>> converted(const ExactMeasure& measure,
                                                       Choices& choices) {
    const std::string unit = choices.pick(units);
    const UnitOf target = unit_of(unit).value();
    if (target.kind != measure.kind || measure.value.exponent > 1000 ||
        measure.value.exponent < -1000) {
        return std::nullopt;
    }
    const auto value = Exact::from(measure.value.rational() / target.factor);
    return value ? std::optional(std::pair(*value, unit)) : std::nullopt;
}

Value rewritten_measure(const ExactMeasure& measure, const Value& as_it_was, Choices& choices) {
    for (int attempt = 0; attempt < 4; ++attempt) {
        if (const auto found = converted(measure, choices)) {
            const auto& [number, unit] = *found;
            if (choices.one_in(2)) {
                return Value::string(loosely(number, choices) + space(choices) + unit);
            }
            Value object = Value::object();
            object.add("unit", Value::string(space(choices) + unit));
            object.add("value", choices.one_in(2) ? Value::number(restated(number, choices))
                                                  : Value::string(loosely(number, choices)));
            return object;
        }
    }
    return as_it_was;
}

Value some_nothing(Choices& choices) {
    switch (choices.below(6)) {
        case 1:
            return Value::string("");
        case 2:
            return Value::string(space(choices));
        case 3:
            return Value::object();
        case 4:
            return Value::array();
        case 5: {
            Value object = Value::object();
            object.add(choices.pick(names), some_nothing(choices));
            return object;
        }
        default:
            return Value::null();
    }
}

// The text that a number is written as where ids are compared.
bool is_plain_number(const std::string& text) {
    try {
        const auto number = read_exact(text);
        return number && number->exponent > -50 && number->exponent < 50 && number->plain() == text;
    } catch (const BeyondOracle&) {
        return false;
    }
}

Value rewritten_number(const Value& value, Place place, Choices& choices) {
    const Exact number = read_exact(value.text).value();
    const bool is_small = number.exponent > -500 && number.exponent < 500;
    if (place == Place::id && is_small && choices.one_in(2)) {
        return Value::string(space(choices) + number.plain() + space(choices));
    }
    if (place == Place::dimensions && choices.one_in(2)) {
        return Value::string(space(choices) + loosely(number, choices) + space(choices));
    }
    return Value::number(restated(number, choices));
}

Value rewritten_string(const Value& value, Place place, Choices& choices) {
    const std::string text = compared(value.text);
    if (place == Place::id && is_plain_number(text) && choices.one_in(2)) {
        return Value::number(restated(*read_exact(text), choices));
    }
    if (place == Place::dimensions && choices.one_in(2)) {
        if (const auto number = read_exact(text)) {
            return rewritten_number(Value::number(restated(*number, choices)), place, choices);
        }
        if (const auto measure = read_measure(text)) {
            return rewritten_measure(*measure, value, choices);
        }
    }
    return Value::string(respelled(value.text, choices));
}

void shuffle_members(Value& object, Choices& choices) {
    for (std::size_t i = object.elements.size(); i > 1; --i) {
        const std::size_t other = i - 1 - choices.below(i);
        std::swap(object.names[i - 1], object.names[other]);
        std::swap(object.elements[i - 1], object.elements[other]);
    }
}

// Adds members that are nothing, under names that the object does not have.
void add_nothings(Value& object, Choices& choices) {
    for (std::size_t count = choices.below(3); count > 0; --count) {
        const std::string& name = choices.pick(names);
        if (!has_name(object, name)) {
            object.add(name, some_nothing(choices));
        }
    }
}

bool has_different_names(const std::vector<std::string>& list) {
    return std::set<std::string>(list.begin(), list.end()).size() == list.size();
}

Value to_pairs(const Value& object, Choices& choices) {
    Value pairs = Value::array();
    for (std::size_t i = 0; i < object.elements.size(); ++i) {
        Value pair = Value::object();
        pair.add("name", Value::string(respelled(object.names[i], choices)));
        pair.add("value", object.elements[i]);
        add_nothings(pair, choices);
        shuffle_members(pair, choices);
        pairs.elements.push_back(std::move(pair));
    }
    return pairs;
}

// The object that a list of names and values stands for, if there is one in JSON.
std::optional<Value> from_pairs(const Value& array) {
    Value object = Value::object();
    for (const Value& element : array.elements) {
        const Value* name = element.find("name");
        const Value* value = element.find("value");
        const bool is_pair = element.is(Kind::object) && element.elements.size() == 2 &&
                             name != nullptr && name->is(Kind::string) && value != nullptr &&
                             !compared(name->text).empty() && !has_name(object, name->text);
        if (!is_pair) {
            return std::nullopt;
        }
        object.add(name->text, *value);
    }
    return object;
}

Value rewritten_array(const Value& value, Place place, Choices& choices) {
    if (place == Place::options && !value.elements.empty() && choices.one_in(2)) {
        if (const auto object = from_pairs(value)) {
            return rewritten(*object, place, choices);
        }
    }
    Value array = Value::array();
    for (const Value& element : value.elements) {
        array.elements.push_back(rewritten(element, place_inside(place), choices));
    }
    if (place == Place::options || place == Place::in_options) {
        for (std::size_t count = choices.below(3); count > 0; --count) {
            array.elements.push_back(some_nothing(choices));
        }
        choices.shuffle(array.elements);
    }
    return array;
}

Value rewritten_object(const Value& value, Place place, Choices& choices) {
    Value object = Value::object();
    for (std::size_t i = 0; i < value.elements.size(); ++i) {
        object.add(respelled(value.names[i], choices),
                   rewritten(value.elements[i], place_inside(place), choices));
    }
    if (!has_different_names(object.names)) {
        object.names = value.names;
    }
    const bool all_named = std::ranges::none_of(
        object.names, [](const std::string& name) { return compared(name).empty(); });
    if (place == Place::options && all_named && choices.one_in(2)) {
        Value pairs = to_pairs(object, choices);
        choices.shuffle(pairs.elements);
        return pairs;
    }
    add_nothings(object, choices);
    shuffle_members(object, choices);
    return object;
}

// --- changes ---

const std::vector<Place> places = {Place::plain, Place::id, Place::dimensions, Place::options,
                                   Place::in_options};

// Moves a bracket: an element that is an array is taken out of it, or some are put into one.
void rebracket(Value& array, Choices& choices) {
    const std::size_t at = choices.below(array.elements.size());
    const auto begin = array.elements.begin() + static_cast<std::ptrdiff_t>(at);
    if (begin->is(Kind::array)) {
        const std::vector<Value> inside = begin->elements;
        array.elements.insert(array.elements.erase(begin), inside.begin(), inside.end());
    } else {
        const std::size_t count = 1 + choices.below(array.elements.size() - at);
        const auto end = begin + static_cast<std::ptrdiff_t>(count);
        Value inner = Value::array({begin, end});
        *begin = std::move(inner);
        array.elements.erase(begin + 1, end);
    }
}

// Changes an array or object itself.
void rearrange(Value& value, Choices& choices) {
    const std::size_t one = choices.below(value.elements.size());
    const std::size_t other = choices.below(value.elements.size());
    if (value.is(Kind::object)) {
        if (choices.one_in(2)) {
            std::swap(value.elements[one], value.elements[other]);
        } else if (const std::string& name = choices.pick(names); !has_name(value, name)) {
            value.names[one] = name;
        }
    } else if (choices.one_in(2)) {
        std::swap(value.elements[one], value.elements[other]);
    } else {
        rebracket(value, choices);
    }
}

// Changes one place of the value or below it.
void change(Value& value, Choices& choices, std::size_t depth) {
    const bool has_elements = !value.elements.empty();
    if (has_elements && choices.one_in(3)) {
        rearrange(value, choices);
        return;
    }
    if (has_elements && choices.one_in(2)) {
        change(value.elements[choices.below(value.elements.size())], choices, depth);
        return;
    }
    switch (choices.below(5)) {
        case 0:
            value = rewritten(value, choices.pick(places), choices);
            return;
        case 1:
            value = any_value(choices, depth);
            return;
        case 2:
            if (has_elements) {
                value.erase(choices.below(value.elements.size()));
            }
            return;
        case 3:
            if (value.is(Kind::array)) {
                value.elements.push_back(any_value(choices, depth));
            } else if (value.is(Kind::object)) {
                value.set(choices.pick(names), any_value(choices, depth));
            }
            return;
        default:
            value = choices.one_in(2) ? Value::array({value}) : Value::null();
    }
}

}  // namespace

Value any_value(Choices& choices, std::size_t depth) {
    if (depth == 0) {
        return any_scalar(choices);
    }
    switch (choices.below(12)) {
        case 5:
        case 6:
            return any_object(choices, depth);
        case 7:
            return any_array(choices, depth);
        case 8:
        case 9:
            return any_pairs(choices, depth);
        case 10:
            return any_brackets(choices, 2);
        case 11:
            return any_measure(choices);
        default:
            return any_scalar(choices);
    }
}

Value any_item(Choices& choices) {
    Value item = Value::object();
    static const std::vector<std::string> product_ids = {"p", "7", "007", "7.0", " p"};
    item.add("product_id", choices.one_in(3) ? Value::number(choices.pick(numbers))
                                             : Value::string(choices.pick(product_ids)));
    for (std::size_t count = choices.below(6); count > 0; --count) {
        item.set(identity_members[1 + choices.below(identity_members.size() - 1)],
                 any_value(choices, 3));
    }
    if (choices.one_in(4)) {
        item.set("title", any_value(choices, 2));
    }
    shuffle_members(item, choices);
    return item;
}

std::vector<std::string> any_match_on(Choices& choices) {
    if (!choices.one_in(3)) {
        return default_match_on();
    }
    std::vector<std::string> list = {choices.pick(identity_members)};
    for (std::size_t count = choices.below(4); count > 0; --count) {
        list.push_back(choices.pick(identity_members));
    }
    return list;
}

Value rewritten(const Value& value, Place place, Choices& choices) {
    if (canonical(value, place).is_null()) {
        return some_nothing(choices);
    }
    switch (value.kind) {
        case Kind::number:
            return rewritten_number(value, place, choices);
        case Kind::string:
            return rewritten_string(value, place, choices);
        case Kind::array:
            return rewritten_array(value, place, choices);
        case Kind::object:
            break;
        default:
            return value;
    }
    if (place == Place::dimensions && choices.one_in(2)) {
        const Value* number = value.find("value");
        const Value* unit = value.find("unit");
        if (value.elements.size() == 2 && number != nullptr && number->is(Kind::number) &&
            unit != nullptr && unit->is(Kind::string)) {
            if (const auto measure = measure_of(*read_exact(number->text), compared(unit->text))) {
                return rewritten_measure(*measure, value, choices);
            }
        }
    }
    return rewritten_object(value, place, choices);
}

Value same_item(const Value& item, const std::vector<std::string>& match_on, Choices& choices) {
    Value same = Value::object();
    for (std::size_t i = 0; i < item.elements.size(); ++i) {
        const std::string& name = item.names[i];
        const Place place = place_of(name);
        if (name == "product_id" || std::ranges::find(match_on, name) != match_on.end()) {
            same.add(name, rewritten(item.elements[i], place, choices));
        }
    }
    for (const std::string& name : match_on) {
        if (!has_name(same, name) && choices.one_in(3)) {
            same.add(name, some_nothing(choices));
        }
    }
    static const std::vector<std::string> others = {"title",    "quantity", "item_key", "engraving",
                                                    "material", "options",  "note"};
    for (const std::string& name : others) {
        if (!has_name(same, name) && choices.one_in(4) &&
            std::ranges::find(match_on, name) == match_on.end()) {
            same.add(name, name == "quantity" ? Value::number("2.50") : any_value(choices, 2));
        }
    }
    shuffle_members(same, choices);
    return same;
}

Value near_item(const Value& item, Choices& choices) {
    Value near = item;
    for (std::size_t count = 1 + choices.below(4); count > 0; --count) {
        const std::size_t at = choices.below(near.elements.size());
        if (near.names[at] == "product_id") {
            const Value id = rewritten(near.elements[at], choices.pick(places), choices);
            const bool usable =
                (id.is(Kind::string) && !compared(id.text).empty()) || id.is(Kind::number);
            near.elements[at] = usable ? id : near.elements[at];
        } else if (near.names[at] != "quantity" && near.names[at] != "unit_price") {
            change(near.elements[at], choices, 2);
        }
    }
    shuffle_members(near, choices);
    return near;
}

}  // namespace cart::test
