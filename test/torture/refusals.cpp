#include "torture/refusals.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "torture/claims.hpp"

namespace cart::torture {

namespace {

using nlohmann::json;

// The JSON in the detail; none where the server itself has raised the error.
json detail_of(const Call& call) {
    const auto begin = call.detail.find('{');
    return begin == std::string::npos ? json()
                                      : json::parse(call.detail.substr(begin), nullptr, false);
}

std::string member(const json& detail, const char* name) {
    return detail.is_object() && detail.contains(name) && detail[name].is_string()
               ? detail[name].get<std::string>()
               : "";
}

bool is_linkable(const Text& status) {
    return status.str() == "active" || status.str() == "abandoned";
}

// Whether a cart of that status is what the call is for.
bool is_for(Kind kind, const Event& event) {
    const std::string& status = event.status.str();
    switch (kind) {
        case Kind::hold:
            return status == "active";
        case Kind::resume:
            return status == "held";
        case Kind::complete:
            return status == "ordered" || event.can_be_ordered;
        case Kind::cancel:
            return status == "checkout";
        case Kind::restore:
            return status == "abandoned";
        default:
            return is_linkable(event.status);
    }
}

}  // namespace

Refusals::Refusals(const Replay& replay, const std::vector<Log>& logs) : replay_(replay) {
    for (const Log& log : logs) {
        for (const Call& call : log.calls) {
            if (!call.answer.link.empty()) {
                links_[call.answer.link].cart = Text(call.operation.cart);
            }
            if (call.operation.kind == Kind::link_open && claim_of(call) == Claim::sure) {
                links_[call.operation.link].openings.push_back(&call);
            }
        }
    }
}

// A version can have been seen unless the next one was acknowledged before the call began, or the
// version's own call began after it had ended.
bool Refusals::can_have_been(const Call& call, Text cart, const Fits& fits) const {
    const auto story = replay_.stories().find(cart);
    if (story == replay_.stories().end() || story->second.is_broken) {
        return true;  // that is reported
    }
    const auto& events = story->second.events;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const bool is_over = i + 1 < events.size() && events[i + 1].call->ended < call.began;
        if (!is_over && events[i].call->began <= call.ended && fits(events[i])) {
            return true;
        }
    }
    return false;
}

bool Refusals::leads_nowhere(const Call& call) const {
    const auto link = links_.find(call.operation.link);
    if (link == links_.end()) {
        return false;
    }
    return std::ranges::any_of(link->second.openings,
                               [&](const Call* opening) { return opening->began <= call.ended; }) ||
           can_have_been(call, link->second.cart,
                         [](const Event& event) { return !is_linkable(event.status); });
}

bool Refusals::is_not_found(const Call& call) const {
    const Operation& operation = call.operation;
    if (operation.kind == Kind::link_open) {
        return leads_nowhere(call);
    }
    if (operation.cart.empty()) {
        return true;  // of a private owner it was looked at with the model
    }
    return can_have_been(call, Text(operation.cart), [&](const Event& event) {
        return operation.kind == Kind::resume
                   ? event.status.str() != "held"
                   : !operation.names_no_owner && event.owner != call.owner;
    });
}

bool Refusals::has_wrong_status(const Call& call) const {
    const Kind kind = call.operation.kind;
    const std::string told = member(detail_of(call), "status");
    return can_have_been(call, Text(call.operation.cart), [&](const Event& event) {
        return !is_for(kind, event) && event.status.str() == told;
    });
}

// Another active cart, or another order of that number.
bool Refusals::has_rival(const Call& call) const {
    const Operation& operation = call.operation;
    if (operation.kind == Kind::resume) {
        return operation.if_active == "error" && (!call.base || !call.base->cart.empty());
    }
    const json detail = detail_of(call);
    const std::string order_ref = member(detail, "order_ref");
    if (order_ref.empty()) {
        return call.detail.find("order_ref)") != std::string::npos;
    }
    const Text rival(member(detail, "cart_id"));
    return (operation.order_ref.empty() || operation.order_ref == order_ref) &&
           rival.str() != operation.cart && can_have_been(call, rival, [&](const Event& event) {
               const std::string& status = event.status.str();
               return event.order_ref.str() == order_ref &&
                      (status == "checkout" || status == "ordered");
           });
}

bool Refusals::is_refused_rightly(const Call& call) const {
    const Operation& operation = call.operation;
    const std::string& why = call.sqlstate;
    if (why == "KC001") {
        return operation.kind != Kind::abandon && operation.kind != Kind::link_create &&
               is_not_found(call);
    }
    if (why == "KC002") {
        return !call.if_match.empty() &&
               (operation.cart.empty() ||
                can_have_been(call, Text(operation.cart), [&](const Event& event) {
                    return Etag{.cart = Text(operation.cart), .version = event.version}.str() !=
                           call.if_match;
                }));
    }
    if (why == "KC006") {
        return !operation.cart.empty() && operation.kind != Kind::resume && has_wrong_status(call);
    }
    if (why == "KC009") {
        return operation.kind == Kind::resume && operation.if_active == "merge" &&
               can_have_been(call, Text(operation.cart),
                             [](const Event& event) { return !event.currency.empty(); });
    }
    if (why == "KC013") {
        return operation.expected_total != absent;
    }
    return why == "23505" && has_rival(call);
}

// A link that was not opened, for the reason given.
bool Refusals::is_left_rightly(const Call& call) const {
    const auto link = links_.find(call.operation.link);
    const std::string& reason = call.answer.reason.str();
    if (link == links_.end()) {
        return false;
    }
    if (reason == "own_cart") {
        return call.answer.at.cart == link->second.cart;
    }
    return can_have_been(call, link->second.cart, [&](const Event& event) {
        return reason == "empty_cart" ? event.is_empty
                                      : reason == "currency_mismatch" && !event.currency.empty();
    });
}

std::string Refusals::complaint(const Call& call) const {
    if (call.outcome == Reply::Outcome::refused) {
        return is_refused_rightly(call) ? "" : call.sqlstate + ' ' + call.detail;
    }
    const bool is_left = call.operation.kind == Kind::link_open && call.is_answered() &&
                         !call.answer.is_replayed && !call.answer.is_merged;
    return is_left && !is_left_rightly(call) ? "not opened: " + call.answer.reason.str() : "";
}

}  // namespace cart::torture
