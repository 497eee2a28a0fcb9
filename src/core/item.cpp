#include "core/item.hpp"

#include <algorithm>

#include "core/canonical.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace cart::core {

namespace {

using namespace std::string_view_literals;

constexpr std::array default_match_on = {"product_id"sv, "variant_id"sv, "dimensions"sv,
                                         "material"sv, "options"sv};

constexpr std::array line_members = {"quantity"sv, "unit_price"sv, "item_key"sv,
                                     "added_at"sv, "updated_at"sv, "totals"sv};

// The members that say something to us, whatever identifies an item.
constexpr std::array facts = {"product_id"sv, "quantity"sv,     "unit_price"sv,
                              "tax_rate"sv,   "discountable"sv, "discount"sv};

// Numbers as product_id are shown as their plain text, up to so many characters.
constexpr std::size_t max_plain = 150'000;

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

// A numeric of the server may also be NaN or Infinity, which JSON has no number for.
std::string shown_number(std::string_view text) {
    const auto number = parse_number(text, std::pmr::get_default_resource());
    return number ? std::string(number->plain(Detail::max_text)) : json_string(text);
}

// The value of a token as JSON, for an error's detail. Containers are shown as an empty one.
std::string shown(const JsonToken& token) {
    switch (token.event) {
        case JsonEvent::string:
            return json_string(token.text);
        case JsonEvent::number:
            return shown_number(token.text);
        case JsonEvent::boolean:
            return token.truth ? "true" : "false";
        case JsonEvent::object_begin:
            return "\"{…}\"";
        case JsonEvent::array_begin:
            return "\"[…]\"";
        default:
            return "null";
    }
}

Detail found(std::string_view member, const JsonToken& token) {
    return Detail().text("member", member).json("found", shown(token));
}

// Passes tokens on while counting the bytes that they would take as compact JSON text.
class CountingReader final : public JsonReader {
  public:
    CountingReader(const JsonToken& first, JsonReader& reader) : reader_(reader) { count(first); }

    JsonToken next() override {
        const JsonToken token = reader_.next();
        count(token);
        return token;
    }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

  private:
    void count(const JsonToken& token) {
        switch (token.event) {
            case JsonEvent::key:
            case JsonEvent::string:
                bytes_ += token.text.size() + 3;  // quotes, and a colon or comma
                break;
            case JsonEvent::number:
                bytes_ += token.text.size() + 1;
                break;
            case JsonEvent::boolean:
            case JsonEvent::null:
                bytes_ += 5;
                break;
            default:
                bytes_ += 1;
        }
    }

    JsonReader& reader_;
    std::size_t bytes_ = 0;
};

std::string product_id_of(const JsonToken& token, std::pmr::memory_resource* memory) {
    if (token.event == JsonEvent::number) {
        const auto number = parse_number(token.text, memory);
        return number ? std::string(number->plain(max_plain)) : std::string(token.text);
    }
    std::pmr::string buffer(memory);
    std::string id(token.event == JsonEvent::string ? normalize(token.text, buffer) : ""sv);
    if (id.empty()) {
        throw Error(ErrorCode::item_invalid, "product_id must be a non-empty string or a number",
                    found("product_id", token));
    }
    return id;
}

Decimal quantity_of(const JsonToken& token) {
    const auto invalid = [&](const char* message) {
        return Error(ErrorCode::quantity_invalid, message, found("quantity", token));
    };
    if (token.event != JsonEvent::number) {
        throw invalid("quantity must be a number greater than zero");
    }
    const auto number = parse_number(token.text, std::pmr::get_default_resource());
    if (!number || number->negative || number->is_zero()) {
        throw invalid("quantity must be greater than zero");
    }
    if (number->integer_digits() > Decimal::max_digits) {
        throw Error(ErrorCode::limit_exceeded, "quantity is too large", found("quantity", token));
    }
    const auto quantity = Decimal::from(*number);
    if (!quantity) {
        throw invalid("quantity has too many decimal places");
    }
    return *quantity;
}

Decimal tax_rate_of(const JsonToken& token) {
    const auto rate = token.event == JsonEvent::number ? Decimal::parse(token.text) : std::nullopt;
    if (!rate || rate->sign() < 0 || *rate >= most_tax_rate) {
        throw Error(ErrorCode::item_invalid,
                    "tax_rate must be a number from 0 on; 0.19 is 19 percent",
                    found("tax_rate", token));
    }
    return *rate;
}

bool discountable_of(const JsonToken& token) {
    if (token.event != JsonEvent::boolean) {
        throw Error(ErrorCode::item_invalid, "discountable must be true or false",
                    found("discountable", token));
    }
    return token.truth;
}

Decimal unit_price_of(const JsonToken& token) {
    const auto price = token.event == JsonEvent::number ? Decimal::parse(token.text) : std::nullopt;
    if (!price || price->sign() < 0) {
        throw Error(ErrorCode::item_invalid,
                    "unit_price must be a number, zero or more, of at most 30 digits before and "
                    "after the point",
                    found("unit_price", token));
    }
    return *price;
}

}  // namespace

MatchOn::MatchOn(std::span<const std::string_view> names) : names_(names.begin(), names.end()) {
    const auto fail = [](const char* message, const Detail& detail) {
        throw Error(ErrorCode::invalid_parameter, message, detail);
    };
    if (names.empty()) {
        fail("match_on must name at least one member", Detail());
    }
    if (names.size() > max_names) {
        fail("match_on names too many members",
             Detail()
                 .number("found", static_cast<long long>(names.size()))
                 .number("limit", static_cast<long long>(max_names)));
    }
    if (std::ranges::find(names, ""sv) != names.end()) {
        fail("match_on must not hold an empty name", Detail());
    }
    std::ranges::sort(names_);
}

bool MatchOn::contains(std::string_view name) const noexcept {
    if (names_.empty()) {
        return std::ranges::find(default_match_on, name) != default_match_on.end();
    }
    return std::binary_search(names_.begin(), names_.end(), name, std::less<>());
}

bool belongs_to_line(std::string_view member) noexcept {
    return std::ranges::find(line_members, member) != line_members.end();
}

std::size_t json_bytes(JsonReader& reader) {
    const JsonToken first = reader.next();
    CountingReader counted(first, reader);
    skip(first, counted);
    return counted.bytes();
}

namespace {

// What reading an item takes meanwhile: for most of them it need not be asked for.
class Scratch {
  public:
    explicit Scratch(std::pmr::memory_resource* more)
        : resource_(room_.data(), room_.size(), more) {}
    [[nodiscard]] std::pmr::memory_resource* memory() noexcept { return &resource_; }

  private:
    static constexpr std::size_t usual = 4096;
    std::array<std::byte, usual> room_;
    std::pmr::monotonic_buffer_resource resource_;
};

// Which members of an item are read, and what for.
struct Reading {
    const MatchOn& match_on;
    // Those that count for the identity, of the ones above; nothing: all of them.
    std::optional<std::span<const std::string_view>> differing = {};
    // The others were read already, from an item that has the same.
    bool others_are_known = false;

    [[nodiscard]] bool differs(std::string_view name) const {
        return !differing || std::ranges::find(*differing, name) != differing->end();
    }
    [[nodiscard]] bool is_identifying(std::string_view name) const {
        return match_on.contains(name) && differs(name);
    }
    [[nodiscard]] bool is_fact(std::string_view name) const {
        return std::ranges::find(facts, name) != facts.end() &&
               (name != "discount" || !match_on.contains(name)) &&
               (!others_are_known || differs(name));
    }
};

void read_fact(Item& item, std::string_view name, const JsonToken& value,
               std::pmr::memory_resource* memory) {
    if (name == "product_id") {
        item.product_id = product_id_of(value, memory);
    } else if (value.event == JsonEvent::null) {
        return;
    } else if (name == "quantity") {
        item.quantity = quantity_of(value);
    } else if (name == "unit_price") {
        item.unit_price = unit_price_of(value);
    } else if (name == "tax_rate") {
        item.pricing.tax_rate = tax_rate_of(value);
    } else if (name == "discountable") {
        item.pricing.discountable = discountable_of(value);
    }
}

// Reads the item, but for its size, and for its key, which is that of the identity.
Item read_facts(const JsonToken& first, JsonReader& reader, const Reading& reading,
                CanonicalForm& identity, std::pmr::memory_resource* memory) {
    if (first.event != JsonEvent::object_begin) {
        throw Error(ErrorCode::item_invalid, "an item must be a JSON object",
                    Detail().json("found", shown(first)).text("type", name_of(first.event)));
    }
    Item item;
    std::pmr::string name(memory);
    for (JsonToken key = reader.next(); key.event == JsonEvent::key; key = reader.next()) {
        name = key.text;
        const bool is_identifying = reading.is_identifying(name);
        if (!is_identifying && !reading.is_fact(name)) {
            reader.skip_value();
            continue;
        }
        const JsonToken value = reader.next();
        read_fact(item, name, value, memory);
        if (is_identifying) {
            identity.add(name, value, reader);
        } else if (name == "discount") {
            item.pricing.discounts = read_discounts(value, reader);
        } else {
            skip(value, reader);
        }
    }
    if (item.product_id.empty() && reading.is_fact("product_id")) {
        throw Error(ErrorCode::item_invalid, "an item must have a product_id",
                    Detail().text("member", "product_id"));
    }
    identity.close_identity();
    return item;
}

}  // namespace

Item read_item(JsonReader& reader, const MatchOn& match_on, std::pmr::memory_resource* memory) {
    return read_item(reader.next(), reader, match_on, memory);
}

Item read_item(const JsonToken& first, JsonReader& reader, const MatchOn& match_on,
               std::pmr::memory_resource* memory) {
    Scratch scratch(memory);
    CanonicalForm identity(scratch.memory());
    CountingReader counted(first, reader);
    Item item = read_facts(first, counted, {.match_on = match_on}, identity, scratch.memory());
    item.bytes = counted.bytes();
    const port::Sha256Digest digest = identity.digest();
    std::copy_n(digest.begin(), item.key.bytes.size(), item.key.bytes.begin());
    return item;
}

// Of equal forms the keys are equal; that different ones have the same key is as likely as that
// two halves of SHA-256 are.
bool have_same_key(JsonReader& a, JsonReader& b, const MatchOn& match_on,
                   std::span<const std::string_view> differing, std::pmr::memory_resource* memory) {
    Scratch scratch(memory);
    Reading reading{.match_on = match_on, .differing = differing};
    CanonicalForm form_a(scratch.memory());
    (void)read_facts(a.next(), a, reading, form_a, scratch.memory());
    if (differing.empty()) {
        return true;
    }
    reading.others_are_known = true;
    CanonicalForm form_b(scratch.memory());
    (void)read_facts(b.next(), b, reading, form_b, scratch.memory());
    return form_a.form() == form_b.form();
}

Decimal read_quantity(std::string_view text) {
    return quantity_of({.event = JsonEvent::number, .text = text});
}

Decimal read_quantity_or_zero(std::string_view text) {
    const auto number = parse_number(text, std::pmr::get_default_resource());
    return number && number->is_zero() ? Decimal(0) : read_quantity(text);
}

}  // namespace cart::core
