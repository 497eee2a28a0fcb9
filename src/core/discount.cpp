#include "core/discount.hpp"

#include <optional>

#include "core/error.hpp"

namespace cart::core {

namespace {

constexpr const char* hint =
    R"(A discount is {"type": "percent", "value": 10} or {"type": "amount", "value": 5}, )"
    "or an array of such.";

Error malformed(const char* message, std::string_view member, const JsonToken& token) {
    Detail detail;
    detail.text("member", member);
    switch (token.event) {
        case JsonEvent::string:
            detail.text("found", token.text);
            break;
        case JsonEvent::number:
            detail.json("found", token.text);
            break;
        default:
            detail.text("type", name_of(token.event));
    }
    return {ErrorCode::invalid_parameter, message, detail, hint};
}

Discount::Type type_of(const JsonToken& token) {
    if (token.event == JsonEvent::string && token.text == "percent") {
        return Discount::Type::percent;
    }
    if (token.event == JsonEvent::string && token.text == "amount") {
        return Discount::Type::amount;
    }
    throw malformed("the type of a discount must be percent or amount", "type", token);
}

Decimal value_of(const JsonToken& token) {
    const auto value = token.event == JsonEvent::number ? Decimal::parse(token.text) : std::nullopt;
    if (!value || value->sign() < 0) {
        throw malformed("the value of a discount must be a number, zero or more", "value", token);
    }
    return *value;
}

// Nothing for an empty object, which is the same as none.
std::optional<Discount> read_discount(const JsonToken& first, JsonReader& reader) {
    if (first.event != JsonEvent::object_begin) {
        throw malformed("a discount must be a JSON object", "discount", first);
    }
    std::optional<Discount::Type> type;
    std::optional<Decimal> value;
    bool is_empty = true;
    for (JsonToken key = reader.next(); key.event == JsonEvent::key; key = reader.next()) {
        is_empty = false;
        // The name lives only until the next token.
        const bool is_type = key.text == "type";
        const bool is_value = key.text == "value";
        const JsonToken token = reader.next();
        if (is_type) {
            type = type_of(token);
        } else if (is_value) {
            value = value_of(token);
        } else {
            skip(token, reader);
        }
    }
    if (is_empty) {
        return std::nullopt;
    }
    if (!type || !value) {
        throw Error(ErrorCode::invalid_parameter, "a discount must have a type and a value",
                    Detail().text("member", !type ? "type" : "value"), hint);
    }
    if (*type == Discount::Type::percent && *value > Decimal(100)) {
        throw Error(ErrorCode::invalid_parameter, "a discount must not be more than 100 percent",
                    Detail().text("member", "value").json("found", value->to_string()));
    }
    return Discount{.type = *type, .value = *value};
}

void add(Discounts& discounts, const std::optional<Discount>& discount) {
    if (discount) {
        discounts.push_back(*discount);
    }
}

}  // namespace

Discounts read_discounts(const JsonToken& first, JsonReader& reader) {
    Discounts discounts;
    if (first.event == JsonEvent::null) {
        return discounts;
    }
    if (first.event != JsonEvent::array_begin) {
        add(discounts, read_discount(first, reader));
        return discounts;
    }
    for (JsonToken token = reader.next(); token.event != JsonEvent::array_end;
         token = reader.next()) {
        if (discounts.size() == max_discounts) {
            throw Error(ErrorCode::invalid_parameter, "too many discounts",
                        Detail().number("limit", static_cast<long long>(max_discounts)));
        }
        try {
            add(discounts, read_discount(token, reader));
        } catch (Error& error) {
            error.add_index(discounts.size());
            throw;
        }
    }
    return discounts;
}

}  // namespace cart::core
