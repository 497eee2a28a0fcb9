// cart_checkout, cart_checkout_complete, cart_checkout_cancel: from a cart to an order.
#include "api/answer.hpp"
#include "api/caller.hpp"
#include "api/catalog.hpp"
#include "api/document.hpp"
#include "api/frozen.hpp"
#include "api/named.hpp"
#include "api/once.hpp"
#include "api/recover.hpp"
#include "api/resolver.hpp"
#include "api/totals.hpp"
#include "core/error.hpp"
#include "pg/guard.hpp"
#include "store/drafts.hpp"
#include "store/store.hpp"

namespace cart::api {

namespace {

using core::Decimal;
using core::Detail;
using core::Error;
using core::ErrorCode;

std::optional<Decimal> read_expected_total(const std::optional<std::string_view>& number) {
    if (!number) {
        return std::nullopt;
    }
    auto total = Decimal::parse(*number);
    if (!total) {
        throw Error(ErrorCode::invalid_parameter, "expected_total is no amount",
                    Detail().text("parameter", "expected_total").text("found", *number));
    }
    return total;
}

// An empty reference is none.
std::optional<std::string_view> order_ref_of(const pg::Call& call, int place) {
    const auto order_ref = call.text(place);
    return order_ref && !order_ref->empty()
               ? std::optional(store::identifier("order_ref", *order_ref))
               : std::nullopt;
}

// A reference of an order is unique. The index holds that; this says it in the cart's terms.
void check_order_ref(std::string_view tenant, const std::optional<std::string_view>& order_ref,
                     const pg::Uuid& id) {
    const auto other = order_ref ? store::carts::find_order(tenant, *order_ref) : std::nullopt;
    if (other && other->id != id) {
        pg::raise(
            ERRCODE_UNIQUE_VIOLATION, "there is another order with that order_ref",
            Detail().text("order_ref", *order_ref).text("cart_id", pg::to_string(other->id)).str());
    }
}

// An active cart as it would be ordered: how it stands, and what catalogue and resolver now say.
class Inspection {
  public:
    Inspection(const store::Cart& cart, const store::TenantRules& rules,
               std::pmr::memory_resource* memory)
        : cart_(cart),
          lines_(store::items::all(cart, pg::Access::write, memory)),
          drafts_(memory),
          memory_(memory) {
        for (const store::StoredLine& line : lines_) {
            drafts_.push_back(standing(line));
        }
        consult_catalog(cart, rules, drafts_, Unavailable::drop, memory);
        discount_ = renewed_discount(cart, rules, lines_, memory);
    }

    [[nodiscard]] std::span<const store::StoredLine> lines() const { return lines_; }

    // The totals that the cart would be ordered at.
    [[nodiscard]] core::Totals totals() const {
        store::Cart renewed = cart_;
        renewed.discount = discount_;
        std::pmr::vector<store::StoredLine> lines(memory_);
        for (std::size_t i = 0; i < drafts_.size(); ++i) {
            if (!drafts_[i].is_dropped()) {
                lines.push_back(lines_[i]);
                lines.back().quantity = drafts_[i].row.quantity;
                lines.back().unit_price = drafts_[i].row.unit_price;
                lines.back().item = drafts_[i].row.item;
            }
        }
        return totals_of(renewed, lines, memory_);
    }

    // Throws Error(total_changed) if anything has changed, or the total is not the expected one.
    void check(const core::Totals& totals, const std::optional<Decimal>& expected) const {
        std::pmr::vector<core::LineChange> changes(memory_);
        for (const Draft& draft : drafts_) {
            if (draft.is_changed || draft.is_dropped()) {
                changes.push_back(draft.change);
            }
        }
        const bool is_expected = !expected || *expected == totals.amounts.total;
        if (changes.empty() && !has_other_discount() && is_expected) {
            return;
        }
        Detail detail;
        detail.document("expected", expected ? expected->to_string() : "null")
            .document("found", totals.amounts.total.to_string(digits_of(cart_)))
            .document("changes", text_of(changes));
        if (has_other_discount()) {
            detail.document("discount",
                            discount_ == nullptr ? "null" : pg::to_json_text(discount_));
        }
        throw Error(ErrorCode::total_changed, "the cart's total has changed", detail,
                    "Show the customer the new total, bring the cart up to date by cart_reprice "
                    "or cart_apply_code, and check out again.");
    }

  private:
    [[nodiscard]] bool has_other_discount() const { return discount_ != cart_.discount; }

    [[nodiscard]] std::string text_of(std::span<const core::LineChange> changes) const {
        pg::JsonbBuilder out;
        build_changes(out, changes, digits_of(cart_));
        return pg::to_json_text(out.finish());
    }

    const store::Cart& cart_;
    std::pmr::vector<store::StoredLine> lines_;
    std::pmr::vector<Draft> drafts_;
    const Jsonb* discount_ = nullptr;
    std::pmr::memory_resource* memory_;
};

Error nothing_to_order(const std::optional<store::Cart>& cart) {
    return not_found("there is nothing to check out",
                     cart ? std::optional(cart->id) : std::nullopt);
}

// A shopper's cart has no prices but the catalogue's.
Error unpriced() {
    return {ErrorCode::item_unavailable, "nobody has said what the items cost",
            Detail().document("catalog", "null"),
            R"(Name the tenant's catalogue: cart_configure('{"catalog": "schema.function"}').)"};
}

Datum check_out(pg::Call& call) {
    const store::Store store;
    const auto order_ref = order_ref_of(call, 0);
    const auto expected_number = call.number(1);
    const auto expected = read_expected_total(expected_number);
    const auto ttl = call.seconds(2);
    const Writing writing = api::writing(call, 3, 6);
    const TimestampTz end = end_after(ttl, writing.rules->checkout_ttl, writing.now);
    const auto arguments = Arguments("cart_checkout", writing.once)
                               .add(order_ref)
                               .add(expected_number)
                               .add(ttl ? std::to_string(*ttl) : std::string());
    const Begun begun = begin(writing, arguments, Intent::find);
    if (begun.made) {
        return replay(call, writing.owner, *begun.made);
    }
    if (!begun.taken) {
        throw nothing_to_order({});
    }
    if (!writing.caller.is_application() && !writing.rules->catalog) {
        throw unpriced();
    }
    const store::Cart& cart = begun.taken->cart;
    const Inspection inspection(cart, *writing.rules, call.memory());
    if (inspection.lines().empty()) {
        throw nothing_to_order(cart);
    }
    const core::Totals totals = inspection.totals();
    inspection.check(totals, expected);
    check_order_ref(cart.tenant, order_ref ? order_ref : cart.order_ref, cart.id);
    store::drafts::write(cart, freeze(cart, inspection.lines(), totals), writing.now);
    const store::Cart draft =
        store::carts::as_written(store::carts::check_out(cart, order_ref, end, writing.now));
    complete(writing.owner, begun, &draft);
    return answer(call, draft, {});
}

// Whether the cart can be ordered: a draft, or one that has gone back to active since, with the
// lines that were checked out. So a payment that arrives late is not lost.
bool can_be_ordered(const store::Cart& cart, const std::optional<Frozen>& frozen,
                    std::pmr::memory_resource* memory) {
    return cart.status == "checkout" ||
           (cart.is_active() && frozen &&
            frozen->has(store::items::all(cart, pg::Access::write, memory)));
}

store::Cart make_order(const store::Cart& cart, const std::optional<std::string_view>& order_ref,
                       const store::Circumstances& now, std::pmr::memory_resource* memory) {
    const auto frozen = frozen_of(cart, pg::Access::write);
    if (!can_be_ordered(cart, frozen, memory)) {
        throw wrong_status("the cart is not in checkout", cart);
    }
    check_order_ref(cart.tenant, order_ref ? order_ref : cart.order_ref, cart.id);
    const auto description =
        frozen ? frozen->description(cart) : store::carts::description_of(cart);
    return store::carts::as_written(store::carts::order(cart, order_ref, description, now));
}

Datum complete_checkout(pg::Call& call) {
    const store::Store store;
    const Caller caller(call);
    caller.require_application();
    const NamedCall draft = named_call(caller, call, 2, 5);
    const auto order_ref = order_ref_of(call, 1);
    const auto arguments = Arguments("cart_checkout_complete", draft.once)
                               .add(pg::to_string(draft.found.id))
                               .add(order_ref);
    const Begun begun =
        claim(draft.owner, draft.once.idempotency_key, arguments, *draft.rules, draft.now);
    if (begun.made) {
        return replay(call, draft.owner, *begun.made);
    }
    const store::Cart cart = draft.lock();
    const store::Cart order =
        cart.status == "ordered" ? cart : make_order(cart, order_ref, draft.now, call.memory());
    complete(draft.owner, begun, &order);
    return answer(call, order, {});
}

Datum cancel_checkout(pg::Call& call) {
    return bring_back(call, {.operation = "cart_checkout_cancel",
                             .from = "checkout",
                             .refusal = "the cart is not in checkout"});
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_checkout) { return api::check_out(call); }
CART_FUNCTION(cart_checkout_complete) { return api::complete_checkout(call); }
CART_FUNCTION(cart_checkout_cancel) { return api::cancel_checkout(call); }
