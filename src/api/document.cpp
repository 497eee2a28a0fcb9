#include "api/document.hpp"

#include "api/frozen.hpp"
#include "api/totals.hpp"

namespace cart::api {

namespace {

// A build without them tells what totals cost: bench/totals.
#ifdef CART_WITHOUT_TOTALS
constexpr bool with_totals = false;
#else
constexpr bool with_totals = true;
#endif

// The totals of a cart and its lines, appended as they are asked for: computed, but those of a
// draft and of an order as they were frozen.
class ShownTotals {
  public:
    ShownTotals(const store::Cart& cart, std::span<const store::StoredLine> lines,
                pg::Access access, std::pmr::memory_resource* memory)
        : digits_(digits_of(cart)) {
        const bool may_be_frozen = cart.status == "checkout" || cart.status == "ordered";
        if (const auto frozen = may_be_frozen ? frozen_of(cart, access) : std::nullopt) {
            frozen_ = frozen->totals();
            frozen_lines_ = frozen->line_totals();
        }
        if (frozen_ == nullptr) {
            computed_ = totals_of(cart, lines, memory);
        }
    }

    void build(pg::JsonbBuilder& out) const {
        out.key("totals");
        if (frozen_ != nullptr) {
            out.json(frozen_);
            return;
        }
        out.begin_object();
        build_totals(out, computed_, digits_);
        out.end_object();
    }

    void build_line(pg::JsonbBuilder& out, std::size_t index, const core::ItemKey& key) const {
        out.key("totals");
        if (frozen_ != nullptr) {
            out.json(frozen_lines_ == nullptr
                         ? nullptr
                         : pg::member(&frozen_lines_->root, pg::to_string(key.bytes)));
            return;
        }
        out.begin_object();
        build_amounts(out, computed_.lines[index], digits_);
        out.end_object();
    }

  private:
    int digits_;
    const Jsonb* frozen_ = nullptr;
    const Jsonb* frozen_lines_ = nullptr;
    core::Totals computed_;
};

// Leaves the line's object open.
void build_line(pg::JsonbBuilder& out, const store::StoredLine& line, int digits) {
    out.begin_object();
    out.members_of(&line.item->root, core::belongs_to_line);
    out.key("item_key").uuid(line.key.bytes);
    out.key("quantity").number(std::optional(line.quantity));
    if (line.unit_price) {
        out.key("unit_price").amount(*line.unit_price, digits);
    }
    out.key("added_at").time(line.added_at);
    out.key("updated_at").time(line.updated_at);
}

}  // namespace

std::string etag_of(const store::Cart& cart) {
    return pg::to_string(cart.id) + ":" + std::to_string(cart.version);
}

int digits_of(const store::Cart& cart) noexcept {
    return core::minor_digits(cart.currency.value_or(""));
}

void build_brief(pg::JsonbBuilder& out, const store::Cart& cart) {
    // As a document orders its members: the shorter names first.
    out.key("etag").text(etag_of(cart));
    out.key("cart_id").uuid(cart.id);
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
                std::span<const store::StoredLine> lines, pg::Access access,
                std::pmr::memory_resource* memory) {
    const auto totals = with_totals
                            ? std::optional<ShownTotals>(std::in_place, cart, lines, access, memory)
                            : std::nullopt;
    build_head(out, cart);
    out.key("items").begin_array();
    for (std::size_t i = 0; i < lines.size(); ++i) {
        build_line(out, lines[i], digits_of(cart));
        if (totals) {
            totals->build_line(out, i, lines[i].key);
        }
        out.end_object();
    }
    out.end_array();
    if (totals) {
        totals->build(out);
    }
}

}  // namespace cart::api
