#include "api/frozen.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "api/document.hpp"
#include "core/port.hpp"
#include "store/drafts.hpp"

namespace cart::api {

namespace {

void append(std::string& out, std::string_view part) {
    out += std::to_string(part.size());
    out += ':';
    out += part;
}

// All of a line that counts. Equal jsonb documents have equal bytes, but for the digits that a
// number is shown with; a line that differs in those was written anew.
std::string text_of(const store::StoredLine& line) {
    std::string out(reinterpret_cast<const char*>(line.key.bytes.data()), line.key.bytes.size());
    append(out, line.quantity.to_string());
    append(out, line.unit_price ? line.unit_price->to_string() : "");
    append(out, pg::bytes_of(line.item));
    return out;
}

std::string digest_of(std::span<const store::StoredLine> lines) {
    std::vector<std::string> texts;
    texts.reserve(lines.size());
    std::ranges::transform(lines, std::back_inserter(texts), text_of);
    std::ranges::sort(texts);
    std::string all;
    for (const std::string& text : texts) {
        append(all, text);
    }
    return pg::to_base64url(core::port::sha256(std::as_bytes(std::span(all))));
}

}  // namespace

const Jsonb* freeze(const store::Cart& cart, std::span<const store::StoredLine> lines,
                    const core::Totals& totals) {
    const int digits = digits_of(cart);
    pg::JsonbBuilder out;
    out.begin_object();
    out.key("totals").begin_object();
    build_totals(out, totals, digits);
    out.end_object();
    out.key("line_totals").begin_object();
    for (std::size_t i = 0; i < lines.size(); ++i) {
        out.key(pg::to_string(lines[i].key.bytes)).begin_object();
        build_amounts(out, totals.lines[i], digits);
        out.end_object();
    }
    out.end_object();
    out.key("discount").json(cart.discount);
    out.key("currency").text(cart.currency);
    out.key("lines").text(digest_of(lines));
    out.end_object();
    return out.finish();
}

const Jsonb* Frozen::member(std::string_view name) const {
    const Jsonb* value = pg::member(&document_->root, name);
    return value == nullptr || pg::is_null(value) ? nullptr : value;
}

bool Frozen::has(std::span<const store::StoredLine> lines) const {
    const Jsonb* digest = member("lines");
    if (digest == nullptr) {
        return false;
    }
    pg::JsonbReader reader(digest, std::pmr::get_default_resource());
    return reader.next().text == digest_of(lines);
}

store::carts::Description Frozen::description(const store::Cart& cart) const {
    auto description = store::carts::description_of(cart);
    description.discount = member("discount");
    description.currency.reset();
    if (const Jsonb* currency = member("currency")) {
        pg::JsonbReader reader(currency, std::pmr::get_default_resource());
        description.currency = reader.next().text;
    }
    return description;
}

std::optional<Frozen> frozen_of(const store::Cart& cart, pg::Access access) {
    const Jsonb* document = store::drafts::find(cart, access);
    return document == nullptr ? std::nullopt : std::optional<Frozen>(document);
}

}  // namespace cart::api
