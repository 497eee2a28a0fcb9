#include "support/oracle.hpp"

#include <algorithm>
#include <set>

#include "core/port.hpp"
#include "support/exact.hpp"

namespace cart::test {

namespace {

using nlohmann::json;

json number_form(const Exact& number) {
    return {"number", number.coefficient.str(), number.exponent};
}

json measure_form(const ExactMeasure& measure) {
    return {"measure", std::string(1, measure.kind), measure.value.coefficient.str(),
            measure.value.exponent};
}

json canonical_number(const std::string& text, Place place) {
    const Exact number = read_exact(text).value();
    if (place == Place::id) {
        return {"string", number.plain()};
    }
    return number_form(number);
}

json canonical_string(const std::string& raw, Place place) {
    const std::string text = compared(raw);
    if (text.empty()) {
        return nullptr;
    }
    if (place == Place::dimensions) {
        if (const auto number = read_exact(text)) {
            return number_form(*number);
        }
        if (const auto measure = read_measure(text)) {
            return measure_form(*measure);
        }
    }
    return {"string", text};
}

// {name: form, …} as a sorted list, without nothings. A list because names that differ as they are
// written may be equal as they are compared.
json members(const std::vector<std::pair<std::string, json>>& all) {
    std::vector<json> list;
    for (const auto& [name, form] : all) {
        if (!form.is_null()) {
            list.push_back({compared(name), form});
        }
    }
    if (list.empty()) {
        return nullptr;
    }
    std::sort(list.begin(), list.end());
    return {"object", list};
}

bool is_string(const json& form) { return form[0] == "string"; }

// {"value": 10, "unit": "cm"}
json as_measure(const json& object) {
    const json& list = object[1];
    if (list.size() != 2 || list[0][0] != "unit" || list[1][0] != "value") {
        return nullptr;
    }
    const json& unit = list[0][1];
    const json& value = list[1][1];
    if (!is_string(unit) || value[0] != "number") {
        return nullptr;
    }
    const Exact number(Integer(value[1].get<std::string>()), value[2].get<std::int64_t>());
    const auto measure = measure_of(number, unit[1].get<std::string>());
    return measure ? measure_form(*measure) : json(nullptr);
}

json canonical_object(const Value& value, Place place) {
    std::vector<std::pair<std::string, json>> all;
    for (std::size_t i = 0; i < value.elements.size(); ++i) {
        all.emplace_back(value.names[i], canonical(value.elements[i], place_inside(place)));
    }
    json object = members(all);
    if (place == Place::dimensions && !object.is_null()) {
        const json measure = as_measure(object);
        return measure.is_null() ? object : measure;
    }
    return object;
}

// Whether the form is that of {"name": "…", "value": …}, where the value may be nothing.
bool is_pair(const json& form) {
    if (form[0] != "object") {
        return false;
    }
    const json& list = form[1];
    return list.size() <= 2 && list[0][0] == "name" && is_string(list[0][1]) &&
           (list.size() == 1 || list[1][0] == "value");
}

json canonical_array(const Value& value, Place place) {
    const bool is_set = place == Place::options || place == Place::in_options;
    std::vector<json> forms;
    for (const Value& element : value.elements) {
        json form = canonical(element, place_inside(place));
        if (!form.is_null() || !is_set) {
            forms.push_back(std::move(form));
        }
    }
    if (forms.empty()) {
        return nullptr;
    }
    if (!is_set) {
        return {"list", forms};
    }
    if (place == Place::options && std::all_of(forms.begin(), forms.end(), is_pair)) {
        std::vector<std::pair<std::string, json>> all;
        for (const json& form : forms) {
            const json& list = form[1];
            all.emplace_back(list[0][1][1], list.size() == 2 ? list[1][1] : json(nullptr));
        }
        return members(all);
    }
    std::sort(forms.begin(), forms.end());
    return {"set", forms};
}

}  // namespace

Place place_of(std::string_view identity_member) {
    if (identity_member == "product_id" || identity_member == "variant_id") {
        return Place::id;
    }
    if (identity_member == "dimensions") {
        return Place::dimensions;
    }
    return identity_member == "options" ? Place::options : Place::plain;
}

Place place_inside(Place place) {
    if (place == Place::dimensions) {
        return Place::dimensions;
    }
    return place == Place::options || place == Place::in_options ? Place::in_options : Place::plain;
}

const std::vector<std::string>& default_match_on() {
    static const std::vector<std::string> names = {"product_id", "variant_id", "dimensions",
                                                   "material", "options"};
    return names;
}

json canonical(const Value& value, Place place) {
    switch (value.kind) {
        case Value::Kind::null:
            return nullptr;
        case Value::Kind::boolean:
            return {"boolean", value.truth};
        case Value::Kind::number:
            return canonical_number(value.text, place);
        case Value::Kind::string:
            return canonical_string(value.text, place);
        case Value::Kind::array:
            return canonical_array(value, place);
        case Value::Kind::object:
            break;
    }
    return canonical_object(value, place);
}

json identity(const Value& item, const std::vector<std::string>& match_on) {
    json forms = json::object();
    for (const std::string& name : std::set<std::string>(match_on.begin(), match_on.end())) {
        if (const Value* value = item.find(name)) {
            json form = canonical(*value, place_of(name));
            if (!form.is_null()) {
                forms[name] = std::move(form);
            }
        }
    }
    return forms;
}

std::string compared(std::string_view text) {
    const bool is_ascii = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0; });
    if (is_ascii) {
        return std::string(trimmed(text));
    }
    const auto nfc = core::port::to_nfc(text, std::pmr::get_default_resource());
    return std::string(trimmed(nfc));
}

}  // namespace cart::test
