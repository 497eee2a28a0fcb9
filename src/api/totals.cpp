// Totals: of stored carts, and cart_totals for carts that are kept as JSON.
#include "api/totals.hpp"

#include "api/document.hpp"
#include "api/items.hpp"
#include "core/error.hpp"
#include "pg/function.hpp"
#include "store/rules.hpp"

namespace cart::api {

namespace {

// What the tables hold was checked when it was written; what was loaded past the rules and is no
// discount takes nothing off, because a cart must always be readable.
core::Discounts stored_discounts(const Jsonb* document, std::pmr::memory_resource* memory) {
    if (document == nullptr) {
        return {};
    }
    try {
        pg::JsonbReader reader(document, memory);
        const core::JsonToken first = reader.next();
        return core::read_discounts(first, reader);
    } catch (const core::Error&) {
        return {};
    }
}

core::Decimal stored_rate(const Jsonb* document, std::pmr::memory_resource* memory) {
    if (document == nullptr) {
        return 0;
    }
    pg::JsonbReader reader(document, memory);
    const core::JsonToken token = reader.next();
    const auto rate =
        token.event == core::JsonEvent::number ? core::Decimal::parse(token.text) : std::nullopt;
    return rate && rate->sign() >= 0 ? *rate : core::Decimal(0);
}

bool is_false(const Jsonb* document, std::pmr::memory_resource* memory) {
    if (document == nullptr) {
        return false;
    }
    pg::JsonbReader reader(document, memory);
    const core::JsonToken token = reader.next();
    return token.event == core::JsonEvent::boolean && !token.truth;
}

core::PricedLine priced(const store::StoredLine& line, std::pmr::memory_resource* memory) {
    const JsonbContainer* item = &line.item->root;
    return {.quantity = line.quantity,
            .unit_price = line.unit_price,
            .tax_rate = stored_rate(pg::member(item, "tax_rate"), memory),
            .discounts = stored_discounts(pg::member(item, "discount"), memory),
            .discountable = !is_false(pg::member(item, "discountable"), memory)};
}

core::PricedLine priced(const GivenItem& item) {
    return {.quantity = item.facts.quantity_or_one(),
            .unit_price = item.facts.unit_price,
            .tax_rate = item.facts.pricing.tax_rate.value_or(0),
            .discounts = item.facts.pricing.discounts,
            .discountable = item.facts.pricing.discountable};
}

core::Discounts discount_argument(const Jsonb* document, std::pmr::memory_resource* memory) {
    if (document == nullptr) {
        return {};
    }
    pg::JsonbReader reader(document, memory);
    const core::JsonToken first = reader.next();
    return core::read_discounts(first, reader);
}

Datum totals_of_items(pg::Call& call) {
    const Jsonb* items = call.jsonb(0);
    if (items == nullptr) {
        return call.null();
    }
    const Jsonb* settings = call.jsonb(2);
    const store::TenantRules rules =
        settings == nullptr ? store::TenantRules() : store::rules_from(settings, call.memory());
    const auto given = read_items(items, rules.match_on, call.memory());
    std::vector<core::PricedLine> lines;
    lines.reserve(given.size());
    for (const GivenItem& item : given) {
        lines.push_back(priced(item));
    }
    const int digits = core::minor_digits(rules.currency.value_or(""));
    const core::Totals totals =
        core::total(lines, discount_argument(call.jsonb(1), call.memory()), digits, rules.money);
    pg::JsonbBuilder out;
    out.begin_object();
    build_totals(out, totals, digits);
    out.key("line_totals").begin_array();
    for (std::size_t i = 0; i < given.size(); ++i) {
        out.begin_object().key("item_key").uuid(given[i].facts.key.bytes);
        build_amounts(out, totals.lines[i], digits);
        out.end_object();
    }
    out.end_array().end_object();
    return PointerGetDatum(out.finish(call.context()));
}

}  // namespace

core::Totals totals_of(const store::Cart& cart, std::span<const store::StoredLine> lines,
                       std::pmr::memory_resource* memory) {
    std::vector<core::PricedLine> all;
    all.reserve(lines.size());
    for (const store::StoredLine& line : lines) {
        all.push_back(priced(line, memory));
    }
    return core::total(all, stored_discounts(cart.discount, memory), digits_of(cart),
                       store::rules_of(cart.tenant, memory)->money);
}

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_totals) { return api::totals_of_items(call); }
