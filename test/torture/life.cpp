#include "torture/life.hpp"

#include <algorithm>

namespace cart::torture {

namespace {

constexpr Applied changed{.effect = Effect::changed};

Applied refused(const char* sqlstate) { return {.effect = Effect::none, .refusal = sqlstate}; }

std::vector<Line> by_identity(std::vector<Line> lines) {
    std::ranges::sort(lines, {}, &Line::identity);
    return lines;
}

void name_order(Cart& cart, const std::string& order_ref) {
    if (!order_ref.empty()) {
        cart.content.order_ref = Text(order_ref);
    }
}

Applied hold(Cart& cart, const Operation& operation) {
    if (!cart.exists || !has_status(cart, "active")) {
        return refused(operation.cart.empty() ? "KC001" : "KC006");
    }
    cart.content.status = Text("held");
    if (!operation.new_label.empty()) {
        cart.content.label = Text(operation.new_label);
    }
    return changed;
}

Applied check_out(Cart& cart, const Operation& operation) {
    if (!cart.exists || !has_status(cart, "active") || cart.content.lines.empty()) {
        return refused("KC001");
    }
    const Amount total = total_of(cart.content);
    if (operation.expected_total != absent && operation.expected_total != total) {
        return refused("KC013");
    }
    cart.draft = {.lines = by_identity(cart.content.lines),
                  .currency = cart.content.currency,
                  .total = total};
    cart.content.status = Text("checkout");
    name_order(cart, operation.order_ref);
    return changed;
}

Applied complete(Cart& cart, const Operation& operation) {
    if (has_status(cart, "ordered")) {
        return {};
    }
    if (!can_be_ordered(cart)) {
        return refused("KC006");
    }
    cart.content.status = Text("ordered");
    cart.content.currency = cart.draft ? cart.draft->currency : cart.content.currency;
    name_order(cart, operation.order_ref);
    return changed;
}

Applied become(Cart& cart, const char* from, const char* to, const char* refusal) {
    if (!has_status(cart, from)) {
        return refused(refusal);
    }
    cart.content.status = Text(to);
    return changed;
}

}  // namespace

bool has_status(const Cart& cart, const char* status) {
    return cart.content.status.str() == status;
}

bool can_be_ordered(const Cart& cart) {
    return has_status(cart, "checkout") || (has_status(cart, "active") && cart.draft &&
                                            cart.draft->lines == by_identity(cart.content.lines));
}

Applied move(Cart& cart, const Operation& operation) {
    switch (operation.kind) {
        case Kind::hold:
            return hold(cart, operation);
        case Kind::checkout:
            return check_out(cart, operation);
        case Kind::complete:
            return complete(cart, operation);
        case Kind::resume:
            return become(cart, "held", "active", "KC001");
        case Kind::cancel:
            return become(cart, "checkout", "active", "KC006");
        case Kind::restore:
            return become(cart, "abandoned", "active", "KC006");
        case Kind::abandon:
            return become(cart, "active", "abandoned", "KC006");
        default:
            return {};
    }
}

bool may_join(const Content& one, const Content& other) {
    return one.currency.empty() || other.currency.empty() || one.currency == other.currency;
}

std::string make_way(Cart& active, Cart& coming, const Operation& operation) {
    const bool is_resumed = operation.kind == Kind::resume;
    if (is_resumed && operation.if_active == "error") {
        return "23505";
    }
    if (is_resumed && operation.if_active != "merge") {
        active.content.status = Text("held");
        return {};
    }
    if (!may_join(active.content, coming.content)) {
        active.content.status = Text("abandoned");
        return is_resumed ? "KC009" : "";
    }
    merge_into(coming.content, active.content, "sum");
    active.content.status = Text("merged");
    return {};
}

}  // namespace cart::torture
