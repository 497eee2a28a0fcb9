#include "api/document.hpp"

#include "api/totals.hpp"

namespace cart::api {

namespace {

// A build without them tells what totals cost: bench/totals.
#ifdef CART_WITHOUT_TOTALS
constexpr bool with_totals = false;
#else
constexpr bool with_totals = true;
#endif

void build_line(pg::JsonbBuilder& out, const store::StoredLine& line, const core::Amounts* amounts,
                int digits) {
    out.begin_object();
    out.members_of(&line.item->root, core::belongs_to_line);
    out.key("item_key").uuid(line.key.bytes);
    out.key("quantity").number(std::optional(line.quantity));
    if (line.unit_price) {
        out.key("unit_price").amount(*line.unit_price, digits);
    }
    if (amounts != nullptr) {
        out.key("totals").begin_object();
        build_amounts(out, *amounts, digits);
        out.end_object();
    }
    out.key("added_at").time(line.added_at);
    out.key("updated_at").time(line.updated_at);
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

void build_amounts(pg::JsonbBuilder& out, const core::Amounts& amounts, int digits) {
    out.key("subtotal").amount(amounts.subtotal, digits);
    out.key("promo_discount").amount(amounts.promo_discount, digits);
    out.key("discount").amount(amounts.discount, digits);
    out.key("tax").amount(amounts.tax, digits);
    out.key("total").amount(amounts.total, digits);
}

void build_totals(pg::JsonbBuilder& out, const core::Totals& totals, int digits) {
    out.key("lines").number(static_cast<long long>(totals.lines.size()));
    out.key("quantity").number(std::optional(totals.quantity));
    build_amounts(out, totals.amounts, digits);
}

void build_head(pg::JsonbBuilder& out, const store::Cart& cart) {
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
    out.key("discount").json(cart.discount);
    out.key("created_at").time(cart.created_at);
    out.key("updated_at").time(cart.updated_at);
    out.key("last_accessed_at").time(cart.last_accessed_at);
    out.key("expires_at");
    cart.expires_at ? out.time(*cart.expires_at) : out.null();
}

void build_cart(pg::JsonbBuilder& out, const store::Cart& cart,
                std::span<const store::StoredLine> lines, std::pmr::memory_resource* memory) {
    const int digits = digits_of(cart);
    const core::Totals totals = with_totals ? totals_of(cart, lines, memory) : core::Totals();
    build_head(out, cart);
    out.key("items").begin_array();
    for (std::size_t i = 0; i < lines.size(); ++i) {
        build_line(out, lines[i], with_totals ? &totals.lines[i] : nullptr, digits);
    }
    out.end_array();
    if (with_totals) {
        out.key("totals").begin_object();
        build_totals(out, totals, digits);
        out.end_object();
    }
}

}  // namespace cart::api
