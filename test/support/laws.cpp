#include "support/laws.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>

#include "core/error.hpp"
#include "support/exact.hpp"
#include "support/generate.hpp"
#include "support/oracle.hpp"

namespace cart::test {

namespace {

using core::Action;
using core::Decimal;
using core::ErrorCode;
using core::Line;
using core::MergedLine;
using core::MergeRules;
using core::OnLimit;
using core::Strategy;
using Members = std::vector<std::pair<char, int>>;

// Beyond any detail that core has a reason to make.
constexpr std::size_t sane_length = 4000;

void check(const core::Error& error) {
    const bool allowed = error.code() == ErrorCode::item_invalid ||
                         error.code() == ErrorCode::quantity_invalid ||
                         error.code() == ErrorCode::limit_exceeded ||
                         error.code() == ErrorCode::invalid_parameter;  // a malformed discount
    if (!allowed || error.message().empty()) {
        throw std::logic_error("not an error of an item: " + error.message());
    }
    if (!is_json_object(error.detail()) || error.detail().size() > sane_length) {
        throw std::logic_error("a detail that is no sane JSON object: " + error.detail());
    }
}

std::string show(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) {
        out += name + " ";
    }
    return out;
}

std::vector<Line> lines_of(const Cart& cart) {
    std::vector<Line> lines;
    for (const CartLine& each : cart) {
        lines.push_back(each.line);
    }
    return lines;
}

std::vector<MergedLine> merge(const Cart& existing, const Cart& incoming, const MergeRules& rules) {
    const auto result = core::merge_lines(lines_of(existing), lines_of(incoming), rules,
                                          std::pmr::get_default_resource());
    return {result.begin(), result.end()};
}

Members overlay(const MergedLine& line, const Cart& existing, const Cart& incoming) {
    std::map<char, int> members;
    for (const std::size_t layer : line.layers) {
        const Cart& side = layer < existing.size() ? existing : incoming;
        const CartLine& item = side.at(layer < existing.size() ? layer : layer - existing.size());
        for (const auto& [name, value] : item.members) {
            members[name] = value;
        }
    }
    return {members.begin(), members.end()};
}

std::map<core::ItemKey, Decimal> quantities(const Cart& cart) {
    std::map<core::ItemKey, Decimal> sums;
    for (const CartLine& each : cart) {
        sums[each.line.key] += each.line.quantity;
    }
    return sums;
}

std::string differ(const char* law, const Cart& left, const Cart& right) {
    return equal(left, right) ? std::string()
                              : std::string(law) + ":\n" + show(left) + "is not\n" + show(right);
}

// The keys of both carts in the order in which they first stand.
std::vector<core::ItemKey> order_of(const Cart& a, const Cart& b) {
    std::vector<core::ItemKey> keys;
    std::set<core::ItemKey> seen;
    for (const Cart* cart : {&a, &b}) {
        for (const CartLine& each : *cart) {
            if (seen.insert(each.line.key).second) {
                keys.push_back(each.line.key);
            }
        }
    }
    return keys;
}

Decimal decided(Strategy strategy, const Decimal& before, const Decimal& incoming) {
    switch (strategy) {
        case Strategy::sum:
            return before + incoming;
        case Strategy::max:
            return before < incoming ? incoming : before;
        case Strategy::incoming:
            return incoming;
        case Strategy::existing:
            break;
    }
    return before;
}

// Every item of both sides is a layer of exactly the line with its key; each side's in their order,
// the side that wins last.
std::string layers_are_right(const std::vector<MergedLine>& lines, const Cart& a, const Cart& b,
                             Strategy strategy) {
    for (const MergedLine& line : lines) {
        std::vector<std::size_t> of_a;
        std::vector<std::size_t> of_b;
        for (std::size_t i = 0; i < a.size(); ++i) {
            if (a[i].line.key == line.key) {
                of_a.push_back(i);
            }
        }
        for (std::size_t i = 0; i < b.size(); ++i) {
            if (b[i].line.key == line.key) {
                of_b.push_back(a.size() + i);
            }
        }
        auto& first = strategy == Strategy::existing ? of_b : of_a;
        const auto& last = strategy == Strategy::existing ? of_a : of_b;
        first.insert(first.end(), last.begin(), last.end());
        if (!std::ranges::equal(first, line.layers)) {
            return "layers are wrong";
        }
    }
    return {};
}

struct Report {
    const MergedLine& line;
    std::optional<Decimal> before;
    std::optional<Decimal> incoming;
    std::size_t lines_before = 0;  // lines of the result that have their place already
    const MergeRules& rules;
};

std::string dropped_truly(const Report& report) {
    const MergedLine& line = report.line;
    if (report.before || line.reason != "max_lines" || !line.quantity.is_zero() ||
        report.lines_before < report.rules.limits.max_lines.value()) {
        return "dropped without need";
    }
    return core::is_changed(line) ? "a dropped line counts as changed" : "";
}

std::string quantity_is_true(const Report& report) {
    const MergedLine& line = report.line;
    const std::optional<Decimal>& limit = report.rules.limits.max_quantity;
    const Decimal wanted = report.before && report.incoming
                               ? decided(report.rules.strategy, *report.before, *report.incoming)
                               : (report.before ? *report.before : *report.incoming);
    if (line.action == Action::clamped) {
        const bool needed = report.incoming && limit && wanted > *limit;
        return needed && line.quantity == *limit && line.reason == "max_quantity"
                   ? ""
                   : "clamped without need";
    }
    if (!line.reason.empty()) {
        return "a reason for nothing";
    }
    if (report.incoming && limit && line.quantity > *limit) {
        return "beyond the limit";
    }
    return line.quantity == wanted ? "" : "quantity is not what the strategy says";
}

std::string action_is_true(const Report& report) {
    const MergedLine& line = report.line;
    const bool on_both = report.before && report.incoming;
    bool right = true;
    switch (line.action) {
        case Action::added:
            right = !report.before;
            break;
        case Action::summed:
            right = on_both ? report.rules.strategy == Strategy::sum
                            : report.before && line.layers.size() > 1;
            break;
        case Action::kept:
            right = report.before && line.quantity == *report.before;
            break;
        case Action::replaced:
            right = on_both && line.quantity == *report.incoming;
            break;
        default:
            break;
    }
    return right ? "" : "the action is not what happened";
}

std::string is_true(const Report& report) {
    if (report.line.quantity_before != report.before ||
        report.line.quantity_incoming != report.incoming) {
        return "quantities of the sides are wrong";
    }
    if (report.line.action == Action::dropped) {
        return dropped_truly(report);
    }
    const std::string wrong = quantity_is_true(report);
    return wrong.empty() ? action_is_true(report) : wrong;
}

template <typename Map>
std::optional<Decimal> at(const Map& map, const core::ItemKey& key) {
    const auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

// --- matching ---

Reading read(std::string_view text, const core::MatchOn& match_on) {
    try {
        return {.readable = true, .key = key_of(text, match_on), .error = {}};
    } catch (const core::Error& error) {
        check(error);
        return {
            .readable = false,
            .key = {},
            .error = "KC" + std::to_string(static_cast<int>(error.code())) + " " + error.message()};
    }
}

std::string agrees_with_oracle(const Value& a, const Value& b,
                               const std::vector<std::string>& match_on) {
    const core::MatchOn names = test::match_on(match_on);
    const std::string text_a = to_json(a);
    const std::string text_b = to_json(b);
    const bool equal_keys = matches(text_a, text_b, names);
    if (equal_keys == (identity(a, match_on) == identity(b, match_on))) {
        return {};
    }
    return std::string(equal_keys ? "keys are equal, items are not" : "items are equal, keys not") +
           ":\n" + text_a + "\n" + text_b + "\nby " + show(match_on);
}

std::string reads_the_product_id(const Value& item) {
    const std::string text = to_json(item);
    const std::string expected = canonical(*item.find("product_id"), Place::id)[1];
    return item_of(text).product_id == expected ? ""
                                                : "product_id is not " + expected + ": " + text;
}

std::string survives_rewriting(const Value& item, const std::vector<std::string>& match_on,
                               Choices& choices) {
    const core::MatchOn names = test::match_on(match_on);
    const std::string text = to_json(item);
    const std::string same = to_json(same_item(item, match_on, choices));
    if (key_of(text, names) == key_of(same, names)) {
        return {};
    }
    return "the same item has another key:\n" + text + "\n" + same + "\nby " + show(match_on);
}

// --- merging ---

Cart any_cart(Choices& choices, std::size_t lines, bool unique) {
    Cart cart;
    std::set<core::ItemKey> seen;
    for (std::size_t count = choices.below(lines + 1); count > 0; --count) {
        CartLine line;
        line.line.key.bytes[15] = std::byte(choices.below(6));
        line.line.quantity = Decimal(static_cast<long long>(1 + choices.below(20)));
        if (choices.one_in(4)) {
            line.line.quantity += Decimal::parse("0.25").value();
        }
        if (choices.one_in(2)) {
            line.line.unit_price = Decimal(static_cast<long long>(choices.below(5)));
        }
        for (const char name : {'x', 'y', 'z'}) {
            if (choices.one_in(2)) {
                line.members.emplace_back(name, static_cast<int>(choices.below(5)));
            }
        }
        if (seen.insert(line.line.key).second || !unique) {
            cart.push_back(std::move(line));
        }
    }
    return cart;
}

Cart merged(const Cart& existing, const Cart& incoming, const MergeRules& rules) {
    Cart result;
    for (const MergedLine& line : merge(existing, incoming, rules)) {
        if (line.action != Action::dropped) {
            result.push_back({.line = {.key = line.key,
                                       .quantity = line.quantity,
                                       .unit_price = line.unit_price},
                              .members = overlay(line, existing, incoming)});
        }
    }
    return result;
}

bool equal(const Cart& a, const Cart& b) {
    return std::ranges::equal(a, b, [](const CartLine& x, const CartLine& y) {
        return x.line.key == y.line.key && x.line.quantity == y.line.quantity &&
               x.line.unit_price == y.line.unit_price && x.members == y.members;
    });
}

std::string show(const Cart& cart) {
    std::string out;
    for (const CartLine& each : cart) {
        out += "  " + std::to_string(std::to_integer<int>(each.line.key.bytes[15])) + " × " +
               each.line.quantity.to_string();
        out += each.line.unit_price ? " at " + each.line.unit_price->to_string() : "";
        for (const auto& [name, value] : each.members) {
            out += std::string(" ") + name + "=" + std::to_string(value);
        }
        out += '\n';
    }
    return out;
}

MergeRules rules_of(Strategy strategy) {
    MergeRules rules;
    rules.strategy = strategy;
    rules.limits = core::Limits::none();
    return rules;
}

MergeRules any_rules(Choices& choices) {
    MergeRules rules = rules_of(choices.pick(strategies));
    if (!choices.one_in(4)) {
        rules.limits.max_lines = choices.below(8);
    }
    if (!choices.one_in(4)) {
        rules.limits.max_quantity = Decimal(static_cast<long long>(1 + choices.below(30)));
    }
    rules.other_lines = choices.below(4);
    return rules;
}

std::string is_associative(const Cart& a, const Cart& b, const Cart& c, Strategy strategy) {
    const MergeRules rules = rules_of(strategy);
    return differ("(a·b)·c = a·(b·c)", merged(merged(a, b, rules), c, rules),
                  merged(a, merged(b, c, rules), rules));
}

std::string has_identity(const Cart& a, Strategy strategy) {
    const MergeRules rules = rules_of(strategy);
    const Cart left = merged({}, a, rules);
    const Cart right = merged(a, {}, rules);
    return differ("∅·a = a·∅", left, right) +
           differ("(a·∅)·∅ = a·∅", merged(right, {}, rules), right);
}

std::string conserves(const Cart& a, const Cart& b) {
    auto sums = quantities(a);
    for (const auto& [key, quantity] : quantities(b)) {
        sums[key] += quantity;
    }
    const Cart result = merged(a, b, rules_of(Strategy::sum));
    return quantities(result) == sums && result.size() == sums.size()
               ? ""
               : "quantities are not conserved:\n" + show(a) + "and\n" + show(b) + "made\n" +
                     show(result);
}

// Merging the same once more changes nothing.
std::string absorbs(const Cart& a, const Cart& b, Strategy strategy) {
    const MergeRules rules = rules_of(strategy);
    const Cart once = merged(a, b, rules);
    const Cart twice = merged(once, b, rules);
    const Cart self = merged(a, {}, rules);
    return differ("(a·b)·b = a·b", twice, once) +
           differ("a·a = a", merged(self, self, rules), self);
}

// Under `incoming` b's quantities stand, under `existing` a's.
std::string picks_its_side(const Cart& a, const Cart& b) {
    const auto stands = [](const Cart& result, const Cart& side) {
        const auto quantity = quantities(result);
        return std::ranges::all_of(quantities(side), [&](const auto& entry) {
            return at(quantity, entry.first) == entry.second;
        });
    };
    if (!stands(merged(a, b, rules_of(Strategy::incoming)), b)) {
        return "incoming does not replace";
    }
    return stands(merged(a, b, rules_of(Strategy::existing)), a) ? "" : "existing does not stay";
}

// Duplicates within a side make no difference to what they sum up to.
std::string joins_first(const Cart& a, const Cart& b, Strategy strategy) {
    const MergeRules rules = rules_of(strategy);
    return differ("a·b = (a·∅)·(b·∅)", merged(a, b, rules),
                  merged(merged(a, {}, rules), merged(b, {}, rules), rules));
}

std::string reports_truly(const Cart& a, const Cart& b, const MergeRules& rules) {
    const auto lines = merge(a, b, rules);
    const auto order = order_of(a, b);
    if (!std::ranges::equal(lines, order, {}, &MergedLine::key)) {
        return "lines are lost, doubled or out of order";
    }
    std::string wrong = layers_are_right(lines, a, b, rules.strategy);
    const auto before = quantities(a);
    const auto incoming = quantities(b);
    std::size_t places = rules.other_lines;
    for (const MergedLine& line : lines) {
        if (wrong.empty()) {
            wrong = is_true({.line = line,
                             .before = at(before, line.key),
                             .incoming = at(incoming, line.key),
                             .lines_before = places,
                             .rules = rules});
        }
        places += line.action == Action::dropped ? 0 : 1;
    }
    const std::size_t had = rules.other_lines + before.size();
    if (wrong.empty() && places > std::max(rules.limits.max_lines.value_or(places), had)) {
        wrong = "more lines than the limit";
    }
    return wrong.empty() ? wrong : wrong + ":\n" + show(a) + "and\n" + show(b);
}

std::string refuses_what_it_would_clamp(const Cart& a, const Cart& b, MergeRules rules) {
    rules.on_limit = OnLimit::clamp;
    const auto clamped = merge(a, b, rules);
    const auto at_fault =
        std::ranges::find_if(clamped, [](const MergedLine& line) { return !line.reason.empty(); });
    rules.on_limit = OnLimit::refuse;
    try {
        (void)merge(a, b, rules);
    } catch (const core::Error& error) {
        check(error);
        if (error.code() != ErrorCode::limit_exceeded || at_fault == clamped.end()) {
            return "refused without need: " + error.message();
        }
        const Value detail = to_value(tokenize(error.detail()));
        const Value* index = detail.find("index");
        const bool right = index != nullptr && at_fault->incoming_index &&
                           index->text == std::to_string(*at_fault->incoming_index);
        return right ? "" : "the index is not that of the item at fault: " + error.detail();
    }
    return at_fault == clamped.end() ? "" : "took what it would clamp";
}

}  // namespace cart::test
