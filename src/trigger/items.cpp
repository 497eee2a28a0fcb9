// The rules of cart.items for whoever writes to it directly: key, product and position follow the
// item; quantities are positive; lines change only while the cart is active; the version rises.
#include "core/error.hpp"
#include "pg/guard.hpp"
#include "pg/jsonb.hpp"
#include "pg/settings.hpp"
#include "pg/trigger.hpp"
#include "store/items.hpp"
#include "store/own_write.hpp"
#include "store/rules.hpp"
#include "store/store.hpp"
#include "trigger/violation.hpp"

namespace cart::trigger {

namespace {

using pg::TriggerCall;

// A line as it is to be written.
class Line {
  public:
    Line(TriggerCall& trigger, std::pmr::memory_resource* memory)
        : trigger_(trigger), row_(trigger.new_row()), memory_(memory) {}

    void complete(const core::MatchOn& match_on) {
        const Jsonb* item = whole_item();
        pg::JsonbReader reader(item, memory_);
        const core::Item facts = core::read_item(reader, match_on, memory_);
        trigger_.set("item_key", pg::argument(facts.key.bytes));
        trigger_.set("product_id", pg::argument(std::string_view(facts.product_id)));
        trigger_.set("quantity", pg::argument(quantity(facts)));
        trigger_.set("unit_price", pg::argument(unit_price(facts)));
        trigger_.set("item", pg::argument(without_line_members(item)));
    }

    void place(std::int64_t last_position) {
        if (row_.is_null(column("position"))) {
            trigger_.set("position", pg::argument(last_position + 1));
        }
    }

  private:
    [[nodiscard]] int column(const char* name) const { return trigger_.column(name); }

    // The item; where only a product_id is given, that makes the item.
    [[nodiscard]] const Jsonb* whole_item() const {
        if (const Jsonb* item = row_.jsonb(column("item"))) {
            return item;
        }
        pg::JsonbBuilder out;
        out.begin_object().key("product_id").text(row_.optional_text(column("product_id")));
        out.end_object();
        return out.finish();
    }

    // A numeric can also be NaN, infinite, or longer than core takes.
    [[nodiscard]] std::optional<core::Decimal> decimal(const char* name) const {
        try {
            return row_.optional_decimal(column(name));
        } catch (const core::Error& error) {
            if (error.code() != core::ErrorCode::invalid_parameter) {
                throw;
            }
            violate("a number of the line is out of range", core::Detail().text("member", name));
        }
    }

    // Whether the statement left the column as it was, so that what the item says counts.
    [[nodiscard]] bool is_untouched(const char* name) const {
        const int number = column(name);
        return row_.is_null(number) ||
               (trigger_.is_update() &&
                trigger_.old_row().optional_decimal(number) == row_.optional_decimal(number));
    }

    [[nodiscard]] core::Decimal quantity(const core::Item& facts) const {
        const auto written = decimal("quantity");
        if (is_untouched("quantity") && (facts.quantity || !written)) {
            return facts.quantity_or_one();
        }
        if (written->sign() <= 0) {
            violate("quantity must be greater than zero",
                    core::Detail().text("member", "quantity").json("found", written->to_string()));
        }
        return *written;
    }

    [[nodiscard]] std::optional<core::Decimal> unit_price(const core::Item& facts) const {
        auto written = decimal("unit_price");
        if (is_untouched("unit_price") && facts.unit_price) {
            return facts.unit_price;
        }
        if (written && written->sign() < 0) {
            violate(
                "unit_price must not be negative",
                core::Detail().text("member", "unit_price").json("found", written->to_string()));
        }
        return written;
    }

    static const Jsonb* without_line_members(const Jsonb* item) {
        pg::JsonbBuilder out;
        out.begin_object().members_of(&item->root, core::belongs_to_line).end_object();
        return out.finish();
    }

    TriggerCall& trigger_;
    pg::Row row_;
    std::pmr::memory_resource* memory_;
};

// Which cart a row belongs to.
struct CartName {
    std::string_view tenant;
    pg::Uuid id;
    bool operator==(const CartName&) const = default;
};

CartName cart_of(const TriggerCall& trigger, const pg::Row& row) {
    return {.tenant = row.text(trigger.column("tenant_id")),
            .id = row.uuid(trigger.column("cart_id"))};
}

// Locks the cart, sees that it is active, and raises its version. A cart that is not there is the
// foreign key's business, or is just being deleted with its lines.
std::optional<store::Cart> change_cart(const CartName& name, const store::Circumstances& now) {
    const auto cart = store::carts::lock(name.tenant, name.id);
    if (!cart) {
        return std::nullopt;
    }
    if (!cart->is_active()) {
        throw core::Error(
            core::ErrorCode::cart_not_active, "the lines of a cart change only while it is active",
            core::Detail().text("cart_id", pg::to_string(name.id)).text("status", cart->status));
    }
    return store::carts::change(*cart, now);
}

void insert(TriggerCall& trigger, std::pmr::memory_resource* memory,
            const store::Circumstances& now) {
    const CartName name = cart_of(trigger, trigger.new_row());
    Line line(trigger, memory);
    line.complete(store::rules_of(name.tenant, memory)->match_on);
    const auto cart = change_cart(name, now);
    line.place(cart ? store::items::extent(*cart).last_position : 0);
}

void update(TriggerCall& trigger, std::pmr::memory_resource* memory,
            const store::Circumstances& now) {
    const CartName from = cart_of(trigger, trigger.old_row());
    const CartName to = cart_of(trigger, trigger.new_row());
    Line line(trigger, memory);
    line.complete(store::rules_of(to.tenant, memory)->match_on);
    (void)change_cart(from, now);
    if (to != from) {
        (void)change_cart(to, now);
    }
}

}  // namespace

}  // namespace cart::trigger

using namespace cart;

CART_QUIET_FUNCTION(cart_items_rules) {
    pg::TriggerCall trigger(call);
    if (store::OwnWrite::is_under_way() || (pg::settings::loading() && trigger.is_by_owner())) {
        return trigger.proceed();
    }
    const store::Store store;
    const store::Circumstances now = store::circumstances();
    if (trigger.is_insert()) {
        trigger::insert(trigger, call.memory(), now);
    } else if (trigger.is_update()) {
        trigger::update(trigger, call.memory(), now);
    } else {
        (void)trigger::change_cart(trigger::cart_of(trigger, trigger.old_row()), now);
    }
    return trigger.proceed();
}
