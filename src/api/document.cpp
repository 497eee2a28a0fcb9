#include "api/document.hpp"

#include <vector>

#include "core/money.hpp"

namespace cart::api {

namespace {

// Until discounts and taxes come, a total is its subtotal.
void build_amounts(pg::JsonbBuilder& out, const core::Decimal& subtotal, int digits) {
    const core::Decimal zero = 0;
    out.key("subtotal").amount(subtotal, digits);
    out.key("promo_discount").amount(zero, digits);
    out.key("discount").amount(zero, digits);
    out.key("tax").amount(zero, digits);
    out.key("total").amount(subtotal, digits);
}

void build_line(pg::JsonbBuilder& out, const store::StoredLine& line, int digits) {
    out.begin_object();
    out.members_of(&line.item->root, core::belongs_to_line);
    out.key("item_key").uuid(line.key.bytes);
    out.key("quantity").number(std::optional(line.quantity));
    if (line.unit_price) {
        out.key("unit_price").amount(*line.unit_price, digits);
    }
    out.key("totals").begin_object();
    build_amounts(out, core::line_subtotal(line.unit_price, line.quantity, digits), digits);
    out.end_object();
    out.key("added_at").time(line.added_at);
    out.key("updated_at").time(line.updated_at);
    out.end_object();
}

void build_totals(pg::JsonbBuilder& out, std::span<const store::StoredLine> lines, int digits) {
    std::vector<core::Line> counted;
    counted.reserve(lines.size());
    for (const store::StoredLine& line : lines) {
        counted.push_back(
            {.key = line.key, .quantity = line.quantity, .unit_price = line.unit_price});
    }
    const core::Totals totals = core::total(counted, digits);
    out.begin_object();
    out.key("lines").number(static_cast<long long>(totals.lines));
    out.key("quantity").number(std::optional(totals.quantity));
    build_amounts(out, totals.subtotal, digits);
    out.end_object();
}

}  // namespace

std::string etag_of(const store::Cart& cart) {
    return pg::to_string(cart.id) + ":" + std::to_string(cart.version);
}

int digits_of(const store::Cart& cart) noexcept {
    return core::minor_digits(cart.currency.value_or(""));
}

void build_brief(pg::JsonbBuilder& out, const store::Cart& cart) {
    out.key("cart_id").uuid(cart.id);
    out.key("etag").text(etag_of(cart));
    out.key("version").number(cart.version);
}

void build_cart(pg::JsonbBuilder& out, const store::Cart& cart,
                std::span<const store::StoredLine> lines) {
    const int digits = digits_of(cart);
    build_brief(out, cart);
    out.key("tenant_id").text(cart.tenant);
    out.key("user_id").text(cart.user);
    out.key("status").text(cart.status);
    out.key("currency").text(cart.currency);
    out.key("location_id").text(cart.location);
    out.key("till_id");
    cart.till.empty() ? out.null() : out.text(cart.till);
    out.key("label").text(cart.label);
    out.key("order_ref").text(cart.order_ref);
    out.key("metadata").json(cart.metadata);
    out.key("items").begin_array();
    for (const store::StoredLine& line : lines) {
        build_line(out, line, digits);
    }
    out.end_array();
    out.key("discount").json(cart.discount);
    out.key("totals");
    build_totals(out, lines, digits);
    out.key("created_at").time(cart.created_at);
    out.key("updated_at").time(cart.updated_at);
    out.key("last_accessed_at").time(cart.last_accessed_at);
    out.key("expires_at");
    cart.expires_at ? out.time(*cart.expires_at) : out.null();
}

}  // namespace cart::api
