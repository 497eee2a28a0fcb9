#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "torture/call.hpp"

namespace cart::torture {

namespace {

using nlohmann::json;

Amount amount_of(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) {
        return absent;
    }
    // A double holds what we deal with to a millionth of a thousandth.
    const double thousandths = found->get<double>() * static_cast<double>(one);
    const double nearest = std::round(thousandths);
    if (std::abs(thousandths - nearest) > 1e-5) {
        throw std::runtime_error(std::string(name) +
                                 " is finer than a thousandth: " + found->dump());
    }
    return static_cast<Amount>(nearest);
}

Text text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? Text() : Text(found->get<std::string>());
}

Text members_of(json item) {
    for (const char* name :
         {"item_key", "quantity", "unit_price", "totals", "added_at", "updated_at"}) {
        item.erase(name);
    }
    return Text(item.dump());
}

Line line_of(const json& item, const Catalogue& catalogue) {
    Line line{.identity = catalogue.identity_of(item.at("item_key").get<std::string>()),
              .quantity = amount_of(item, "quantity"),
              .price = amount_of(item, "unit_price"),
              .members = members_of(item)};
    if (amount_of(item.at("totals"), "subtotal") != subtotal_of(line)) {
        throw std::runtime_error("a line's subtotal is wrong: " + item.dump());
    }
    return line;
}

void check_totals(const json& totals, const Content& content) {
    Amount quantity = 0;
    for (const Line& line : content.lines) {
        quantity += line.quantity;
    }
    if (totals.at("lines").get<std::size_t>() != content.lines.size() ||
        amount_of(totals, "quantity") != quantity ||
        amount_of(totals, "total") != total_of(content)) {
        throw std::runtime_error("the totals are wrong: " + totals.dump());
    }
}

Content content_of(const json& cart, const Catalogue& catalogue) {
    Content content{.user = text_of(cart, "user_id"),
                    .status = text_of(cart, "status"),
                    .currency = text_of(cart, "currency"),
                    .label = text_of(cart, "label"),
                    .order_ref = text_of(cart, "order_ref"),
                    .metadata = Text(cart.at("metadata").dump()),
                    .lines = {}};
    for (const json& item : cart.at("items")) {
        content.lines.push_back(line_of(item, catalogue));
    }
    check_totals(cart.at("totals"), content);
    return content;
}

std::vector<Change> changes_of(const json& entries, const Catalogue& catalogue) {
    std::vector<Change> changes;
    for (const json& entry : entries) {
        changes.push_back(
            {.identity = catalogue.identity_of(entry.at("item_key").get<std::string>()),
             .before = amount_of(entry, "quantity_before"),
             .incoming = amount_of(entry, "quantity_incoming"),
             .after = amount_of(entry, "quantity_after"),
             .action = text_of(entry, "action")});
    }
    return changes;
}

void take_cart(Answer& answer, const json& cart, const Catalogue& catalogue) {
    if (cart.is_null()) {
        return;
    }
    answer.at = {.cart = text_of(cart, "cart_id"), .version = cart.at("version")};
    if (text_of(cart, "etag").str() != answer.at.str()) {
        throw std::runtime_error("the etag is not that of cart and version");
    }
    if (cart.contains("items")) {
        answer.content = content_of(cart, catalogue);
    }
    if (const auto key = cart.find("item_key"); key != cart.end()) {
        answer.line = catalogue.identity_of(key->get<std::string>());
        answer.line_quantity = amount_of(cart, "quantity");
    }
    if (const auto changes = cart.find("changes"); changes != cart.end()) {
        answer.changes = changes_of(*changes, catalogue);
        answer.has_changes = true;
    }
}

void take_merge(Answer& answer, const json& merge, const Catalogue& catalogue) {
    answer.is_merged = merge.at("merged");
    answer.reason = text_of(merge, "reason");
    if (answer.is_merged) {
        answer.is_repeated = merge.at("repeated");
        answer.source = text_of(merge, "source_cart_id");
        answer.target = text_of(merge, "target_cart_id");
        answer.changes = changes_of(merge.at("lines"), catalogue);
        answer.has_changes = true;
    }
}

void take_reconciled(Answer& answer, const json& reconcile) {
    answer.is_reconciled = reconcile.at("changed");
    for (const auto& [name, value] : reconcile.items()) {
        answer.is_reconciled |= value.is_number() && value != 0;
    }
}

void take_etag(Answer& answer, const std::string& etag) {
    answer.is_unchanged = true;
    if (const auto colon = etag.find(':'); colon != std::string::npos) {
        answer.at = {.cart = Text(etag.substr(0, colon)),
                     .version = std::stoll(etag.substr(colon + 1))};
    }
}

void take_list(Answer& answer, const json& documents, const Catalogue& catalogue) {
    for (const json& cart : documents) {
        const Etag at{.cart = text_of(cart, "cart_id"), .version = cart.at("version")};
        answer.listed.emplace_back(at, content_of(cart, catalogue));
    }
}

void take(Answer& answer, const json& document, const Catalogue& catalogue) {
    if (document.is_array()) {
        take_list(answer, document, catalogue);
        return;
    }
    if (const auto link = document.find("link"); link != document.end()) {
        answer.link = *link;
        return;
    }
    answer.is_replayed = document.value("replayed", false);
    if (answer.is_replayed && !document.at("made_version").is_null()) {
        answer.made_version = document.at("made_version");
    }
    if (document.contains("merge") || document.contains("reconcile")) {
        take_cart(answer, document.at("cart"), catalogue);
        if (const auto merge = document.find("merge"); merge != document.end()) {
            take_merge(answer, *merge, catalogue);
        } else {
            take_reconciled(answer, document.at("reconcile"));
        }
    } else if (document.contains("unchanged")) {
        take_etag(answer, document.at("etag"));
    } else {
        take_cart(answer, document, catalogue);
    }
}

}  // namespace

void take_down(Call& call, const Reply& reply, const Catalogue& catalogue) {
    call.ended = Clock::now();
    call.outcome = reply.outcome;
    call.sqlstate = reply.sqlstate;
    if (reply.outcome == Reply::Outcome::refused) {
        call.detail = reply.message + ' ' + reply.detail;
    }
    if (!call.is_answered() || reply.rows.empty() || !reply.rows.front().front()) {
        return;
    }
    try {
        const auto& row = reply.rows.front();
        take(call.answer, json::parse(*row.front()), catalogue);
        if (call.is_noted) {
            call.answer.written = read_written(row.at(1).value());
        }
    } catch (const std::exception& error) {
        call.answer.complaint = error.what();
    }
}

Text own_members(const std::string& item) { return members_of(json::parse(item)); }

}  // namespace cart::torture
