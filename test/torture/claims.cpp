#include "torture/claims.hpp"

#include <algorithm>

namespace cart::torture {

namespace {

bool sets_something(const Call& call) {
    return std::ranges::any_of(call.operation.operations,
                               [](const Operation& each) { return each.kind == Kind::set; });
}

}  // namespace

Claim claim_of(const Call& call) {
    const Answer& answer = call.answer;
    const Kind kind = call.operation.kind;
    if (!writes(kind) || answer.is_replayed || answer.at.cart.empty() || call.is_undone ||
        call.found_none) {
        return Claim::none;
    }
    if (call.is_noted) {
        return wrote(call, answer.at) ? Claim::sure : Claim::none;
    }
    switch (kind) {
        case Kind::reconcile:
            return answer.is_reconciled ? Claim::sure : Claim::none;
        case Kind::add:
        case Kind::add_items:
            return call.operation.items.empty() ? Claim::none
                   : call.is_answered()         ? Claim::sure
                                                : Claim::possible;
        case Kind::set:
            return Claim::possible;
        case Kind::apply:
            // What it sets of the cart itself is not among the changes.
            return shows_a_change(call.answer)                   ? Claim::sure
                   : !answer.has_changes || sets_something(call) ? Claim::possible
                                                                 : Claim::none;
        default:
            return !answer.has_changes           ? Claim::possible
                   : shows_a_change(call.answer) ? Claim::sure
                                                 : Claim::none;
    }
}

const Written* side_of(const Call& call) {
    const auto& all = call.answer.written;
    const auto side = std::ranges::find_if(
        all, [&](const Written& each) { return each.at.cart != call.answer.at.cart; });
    return side == all.end() ? nullptr : &*side;
}

bool needs_no_cart(const Operation& operation) {
    return operation.kind == Kind::remove || operation.kind == Kind::clear ||
           (operation.kind == Kind::add_items && operation.items.empty()) ||
           (operation.kind == Kind::apply &&
            std::ranges::all_of(operation.operations, needs_no_cart));
}

Etag before(const Call& maker, std::int64_t version) {
    return version == 1 ? Etag() : Etag{.cart = maker.answer.at.cart, .version = version - 1};
}

bool may_find(const Call& call, const Etag& etag) {
    return (call.if_match.empty() || call.if_match == etag.str()) &&
           (!call.base || *call.base == etag);
}

}  // namespace cart::torture
