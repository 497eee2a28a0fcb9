#include "torture/model.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "torture/life.hpp"

namespace cart::torture {

namespace {

using nlohmann::json;

// The newer members over the older ones. A null removes where `null_removes`, else it is a value.
Text overlaid(Text older, Text newer, bool null_removes = false) {
    json members = json::parse(older.str());
    const json changes = json::parse(newer.str());
    for (const auto& [name, value] : changes.items()) {
        if (null_removes && value.is_null()) {
            members.erase(name);
        } else {
            members[name] = value;
        }
    }
    return Text(members.dump());
}

auto place_of(Content& content, int identity) {
    return std::ranges::find(content.lines, identity, &Line::identity);
}

Applied add(Content& content, const std::vector<GivenItem>& items, const Catalogue& catalogue) {
    for (const GivenItem& item : items) {
        const Amount quantity = item.quantity == absent ? one : item.quantity;
        const auto line = place_of(content, item.identity);
        if (line == content.lines.end()) {
            content.lines.push_back({.identity = item.identity,
                                     .quantity = quantity,
                                     .price = item.price,
                                     .members = catalogue.members(item)});
            continue;
        }
        line->quantity += quantity;
        line->price = item.price == absent ? line->price : item.price;
        line->members = overlaid(line->members, catalogue.members(item));
    }
    return {.effect = items.empty() ? Effect::none : Effect::changed};
}

Line changed(Line line, const Operation& update, const Catalogue& catalogue) {
    if (update.quantity != absent) {
        line.quantity = update.quantity;
    }
    if (update.new_identity >= 0) {
        line.identity = update.new_identity;
        const Text changes(catalogue.identity_changes(update.new_identity, update.new_spelling));
        line.members = overlaid(line.members, changes, true);
    }
    if (update.note.what != Member::Do::leave) {
        const bool is_set = update.note.what == Member::Do::set;
        const json changes = {{"note", is_set ? json(update.note.value) : json()}};
        line.members = overlaid(line.members, Text(changes.dump()), true);
    }
    if (update.price.what != Member::Do::leave) {
        line.price = update.price.what == Member::Do::set
                         ? static_cast<Amount>(std::stoll(update.price.value))
                         : absent;
    }
    return line;
}

// By value: 7.0 instead of 7 is no change.
bool is_same(const Line& before, const Line& after) {
    Line same = after;
    if (json::parse(before.members.str()) == json::parse(after.members.str())) {
        same.members = before.members;
    }
    return before == same;
}

Applied update(Content& content, const Operation& operation, const Catalogue& catalogue) {
    const auto line = place_of(content, operation.identity);
    if (line == content.lines.end()) {
        return {.effect = Effect::none, .refusal = "KC014"};
    }
    if (operation.quantity == 0) {
        content.lines.erase(line);
        return {.effect = Effect::changed};
    }
    const Line after = changed(*line, operation, catalogue);
    if (is_same(*line, after)) {
        return {};
    }
    const auto other = place_of(content, after.identity);
    if (after.identity == operation.identity || other == content.lines.end()) {
        *line = after;
        return {.effect = Effect::changed};
    }
    // The moved line joins the other one, which stays in its place.
    other->quantity += after.quantity;
    other->price = after.price == absent ? other->price : after.price;
    other->members = overlaid(other->members, after.members);
    content.lines.erase(line);
    return {.effect = Effect::changed};
}

Applied remove(Content& content, int identity) {
    const auto line = place_of(content, identity);
    if (line == content.lines.end()) {
        return {};
    }
    content.lines.erase(line);
    return {.effect = Effect::changed};
}

Applied clear(Content& content) {
    const bool had_lines = !content.lines.empty();
    content.lines.clear();
    return {.effect = had_lines ? Effect::changed : Effect::none};
}

Applied set(Content& content, const Operation& operation) {
    const Content before = content;
    if (operation.currency.what == Member::Do::set) {
        const Text currency(operation.currency.value);
        if (!content.lines.empty() && !content.currency.empty() && content.currency != currency) {
            return {.effect = Effect::none, .refusal = "KC009"};
        }
        content.currency = currency;
    }
    if (operation.label.what != Member::Do::leave) {
        content.label = Text(operation.label.value);
    }
    if (operation.metadata.what == Member::Do::set) {
        content.metadata = overlaid(content.metadata, Text(operation.metadata.value), true);
    } else if (operation.metadata.what == Member::Do::remove) {
        content.metadata = Text("{}");
    }
    return {.effect = content == before ? Effect::none : Effect::changed};
}

Applied apply_one(Content& content, const Operation& operation, const Catalogue& catalogue);

Applied apply_all(Content& content, const Operation& operation, const Catalogue& catalogue) {
    const Content before = content;
    bool has_done_something = false;
    for (const Operation& each : operation.operations) {
        const Applied applied = apply_one(content, each, catalogue);
        if (!applied.refusal.empty()) {
            return applied;
        }
        has_done_something |= applied.effect != Effect::none;
    }
    if (content != before) {
        return {.effect = Effect::changed};
    }
    return {.effect = has_done_something ? Effect::maybe : Effect::none};
}

Applied apply_one(Content& content, const Operation& operation, const Catalogue& catalogue) {
    switch (operation.kind) {
        case Kind::add:
        case Kind::add_items:
            return add(content, operation.items, catalogue);
        case Kind::update:
            return update(content, operation, catalogue);
        case Kind::remove:
            return remove(content, operation.identity);
        case Kind::clear:
            return clear(content);
        case Kind::set:
            return set(content, operation);
        case Kind::apply:
            return apply_all(content, operation, catalogue);
        default:
            return {};
    }
}

Amount merged_quantity(Amount existing, Amount incoming, const std::string& strategy) {
    if (strategy == "max") {
        return std::max(existing, incoming);
    }
    if (strategy == "incoming") {
        return incoming;
    }
    return strategy == "existing" ? existing : existing + incoming;
}

std::string text_of(const Line& line) {
    std::string text = to_string(line.quantity) + " of " + std::to_string(line.identity);
    if (line.price != absent) {
        text += " at " + to_string(line.price);
    }
    return text + ' ' + line.members.str();
}

}  // namespace

Applied apply(Cart& cart, const Operation& operation, const Catalogue& catalogue) {
    if (moves(operation.kind)) {
        return move(cart, operation);
    }
    Applied applied = apply_one(cart.content, operation, catalogue);
    if (!cart.exists && applied.refusal.empty() && applied.effect != Effect::none) {
        cart.exists = true;
        applied.effect = Effect::changed;
    }
    return applied;
}

std::string strategy_of(const Operation& merge) {
    return merge.strategy.empty() ? "sum" : merge.strategy;
}

void merge_into(Content& target, const Content& source, const std::string& strategy) {
    for (const Line& incoming : source.lines) {
        const auto line = place_of(target, incoming.identity);
        if (line == target.lines.end()) {
            target.lines.push_back(incoming);
            continue;
        }
        const bool stays = strategy == "existing";
        const Amount older_price = stays ? incoming.price : line->price;
        const Amount newer_price = stays ? line->price : incoming.price;
        line->quantity = merged_quantity(line->quantity, incoming.quantity, strategy);
        line->price = newer_price == absent ? older_price : newer_price;
        line->members = stays ? overlaid(incoming.members, line->members)
                              : overlaid(line->members, incoming.members);
    }
    target.currency = target.currency.empty() ? source.currency : target.currency;
    target.metadata = overlaid(source.metadata, target.metadata);
}

const Line* find_line(const Content& content, int identity) {
    const auto found = std::ranges::find(content.lines, identity, &Line::identity);
    return found == content.lines.end() ? nullptr : &*found;
}

Amount subtotal_of(const Line& line) {
    return line.price == absent ? 0 : (line.price * line.quantity + 5000) / 10000 * 10;
}

Amount total_of(const Content& content) {
    Amount total = 0;
    for (const Line& line : content.lines) {
        total += subtotal_of(line);
    }
    return total;
}

std::string difference(const Content& expected, const Content& found) {
    std::string text;
    int differences = 0;
    const auto compare = [&](const char* what, const std::string& a, const std::string& b) {
        constexpr int most_differences = 3;
        if (a != b && ++differences <= most_differences) {
            text += std::string(text.empty() ? "" : "; ") + what + ": expected \"" + a +
                    "\", found \"" + b + '"';
        }
    };
    compare("user", expected.user.str(), found.user.str());
    compare("status", expected.status.str(), found.status.str());
    compare("currency", expected.currency.str(), found.currency.str());
    compare("label", expected.label.str(), found.label.str());
    compare("order_ref", expected.order_ref.str(), found.order_ref.str());
    compare("metadata", expected.metadata.str(), found.metadata.str());
    const std::size_t lines = std::max(expected.lines.size(), found.lines.size());
    for (std::size_t i = 0; i < lines; ++i) {
        const auto line = [i](const Content& content) {
            return i < content.lines.size() ? text_of(content.lines[i]) : "no line";
        };
        compare(("line " + std::to_string(i + 1)).c_str(), line(expected), line(found));
    }
    return text + " (" + std::to_string(differences) + " differences)";
}

}  // namespace cart::torture
