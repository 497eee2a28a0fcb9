#include "core/merge.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "core/error.hpp"

namespace cart::core {

namespace {

constexpr std::array<std::pair<std::string_view, Strategy>, 4> strategies = {{
    {"sum", Strategy::sum},
    {"max", Strategy::max},
    {"incoming", Strategy::incoming},
    {"existing", Strategy::existing},
}};

// The lines of one side with the same key, as one.
struct Joined {
    std::pmr::vector<std::size_t> places;
    Decimal quantity = 0;
    std::optional<Decimal> unit_price = {};
    [[nodiscard]] bool empty() const { return places.empty(); }
};

struct Group {
    ItemKey key;
    Joined existing;
    Joined incoming;
};

void join(Joined& joined, const Line& line, std::size_t place) {
    joined.places.push_back(place);
    joined.quantity += line.quantity;
    if (line.unit_price) {
        joined.unit_price = line.unit_price;
    }
}

// Finds groups by their key: among a few by looking at each, which takes less than to make a table.
class GroupFinder {
  public:
    GroupFinder(std::pmr::vector<Group>& groups, std::size_t most,
                std::pmr::memory_resource* memory)
        : groups_(groups), places_(memory), is_few_(most <= few) {
        if (!is_few_) {
            places_.reserve(most);
        }
    }

    // The place of the key's group, or of the one that is to be appended for it.
    [[nodiscard]] std::size_t place_of(const ItemKey& key) {
        if (!is_few_) {
            return places_.try_emplace(key, groups_.size()).first->second;
        }
        const auto found = std::ranges::find(groups_, key, &Group::key);
        return static_cast<std::size_t>(found - groups_.begin());
    }

  private:
    static constexpr std::size_t few = 16;

    std::pmr::vector<Group>& groups_;
    std::pmr::unordered_map<ItemKey, std::size_t, ItemKeyHash> places_;
    bool is_few_;
};

// The lines of both sides by key, in the order in which they first stand.
std::pmr::vector<Group> group(std::span<const Line> existing, std::span<const Line> incoming,
                              std::pmr::memory_resource* memory) {
    std::pmr::vector<Group> groups(memory);
    groups.reserve(existing.size() + incoming.size());
    GroupFinder finder(groups, existing.size() + incoming.size(), memory);
    const auto group_of = [&](const ItemKey& key) -> Group& {
        const std::size_t at = finder.place_of(key);
        if (at == groups.size()) {
            groups.push_back({.key = key,
                              .existing = {.places = std::pmr::vector<std::size_t>(memory)},
                              .incoming = {.places = std::pmr::vector<std::size_t>(memory)}});
        }
        return groups[at];
    };
    std::size_t place = 0;
    for (const Line& line : existing) {
        join(group_of(line.key).existing, line, place++);
    }
    for (const Line& line : incoming) {
        join(group_of(line.key).incoming, line, place++);
    }
    return groups;
}

// What the strategy makes of a line that stands on both sides.
void decide(MergedLine& line, Strategy strategy) {
    const Decimal& before = *line.quantity_before;
    const Decimal& incoming = *line.quantity_incoming;
    switch (strategy) {
        case Strategy::sum:
            line.quantity = before + incoming;
            line.action = Action::summed;
            return;
        case Strategy::max:
            line.quantity = std::max(before, incoming);
            line.action = incoming > before ? Action::replaced : Action::kept;
            return;
        case Strategy::incoming:
            line.quantity = incoming;
            line.action = Action::replaced;
            return;
        case Strategy::existing:
            line.quantity = before;
            line.action = Action::kept;
            return;
    }
}

// The items that the line is made of, and its price: the incoming side is the newer one, unless
// the strategy says that what exists stays.
void lay(MergedLine& line, const Group& group, Strategy strategy) {
    const bool existing_wins = strategy == Strategy::existing;
    const Joined& older = existing_wins ? group.incoming : group.existing;
    const Joined& newer = existing_wins ? group.existing : group.incoming;
    line.layers.insert(line.layers.end(), older.places.begin(), older.places.end());
    line.layers.insert(line.layers.end(), newer.places.begin(), newer.places.end());
    line.unit_price = newer.unit_price ? newer.unit_price : older.unit_price;
    line.price_before = group.existing.unit_price;
}

MergedLine merge_group(const Group& group, std::size_t existing_size, Strategy strategy,
                       std::pmr::memory_resource* memory) {
    MergedLine line{.key = group.key, .layers = std::pmr::vector<std::size_t>(memory)};
    lay(line, group, strategy);
    if (!group.existing.empty()) {
        line.quantity_before = group.existing.quantity;
    }
    if (!group.incoming.empty()) {
        line.quantity_incoming = group.incoming.quantity;
        line.incoming_index = group.incoming.places.front() - existing_size;
    }
    if (group.incoming.empty()) {
        line.quantity = group.existing.quantity;
        line.action = group.existing.places.size() > 1 ? Action::summed : Action::kept;
    } else if (group.existing.empty()) {
        line.quantity = group.incoming.quantity;
        line.action = Action::added;
    } else {
        decide(line, strategy);
    }
    return line;
}

Error limit_exceeded(const MergedLine& line, const char* message, const char* limit_name,
                     const std::string& limit, const std::string& found) {
    Error error(ErrorCode::limit_exceeded, message,
                Detail().text("limit", limit_name).json("expected", limit).json("found", found));
    error.add_index(line.incoming_index.value_or(0));
    return error;
}

void limit_quantity(MergedLine& line, const MergeRules& rules) {
    const auto& limit = rules.limits.max_quantity;
    if (!limit || line.quantity <= *limit) {
        return;
    }
    if (rules.on_limit == OnLimit::refuse) {
        throw limit_exceeded(line, "quantity is beyond the limit of a line", "max_quantity",
                             limit->to_string(), line.quantity.to_string());
    }
    line.quantity = *limit;
    line.action = Action::clamped;
    line.reason = "max_quantity";
}

// Counts the line, a new one of the cart, among the cart's lines if there is room for it.
void limit_lines(MergedLine& line, const MergeRules& rules, std::size_t& lines) {
    const auto& limit = rules.limits.max_lines;
    if (!limit || lines < *limit) {
        ++lines;
        return;
    }
    if (rules.on_limit == OnLimit::refuse) {
        throw limit_exceeded(line, "the cart has as many lines as it may", "max_lines",
                             std::to_string(*limit), std::to_string(lines + 1));
    }
    line.quantity = 0;
    line.action = Action::dropped;
    line.reason = "max_lines";
}

}  // namespace

Strategy read_strategy(std::string_view name) {
    const auto* found = std::ranges::find(strategies, name, [](const auto& s) { return s.first; });
    if (found == strategies.end()) {
        throw Error(ErrorCode::invalid_parameter, "unknown merge strategy",
                    Detail().text("found", name),
                    "Strategies are sum, max, incoming and existing.");
    }
    return found->second;
}

std::string_view name_of(Strategy strategy) noexcept {
    return std::ranges::find(strategies, strategy, [](const auto& s) { return s.second; })->first;
}

std::string_view name_of(Action action) noexcept {
    static constexpr std::array<std::string_view, 8> names = {
        "added", "summed", "kept", "replaced", "clamped", "dropped", "removed", "repriced"};
    return names.at(static_cast<std::size_t>(action));
}

std::pmr::vector<MergedLine> merge_lines(std::span<const Line> existing,
                                         std::span<const Line> incoming, const MergeRules& rules,
                                         std::pmr::memory_resource* memory) {
    std::pmr::vector<MergedLine> lines(memory);
    const auto groups = group(existing, incoming, memory);
    lines.reserve(groups.size());
    std::size_t count = rules.other_lines;
    for (const Group& each : groups) {
        MergedLine line = merge_group(each, existing.size(), rules.strategy, memory);
        if (each.existing.empty()) {
            limit_lines(line, rules, count);
        } else {
            ++count;
        }
        if (!each.incoming.empty() && line.action != Action::dropped) {
            limit_quantity(line, rules);
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

bool is_changed(const MergedLine& line) noexcept {
    return line.action != Action::dropped &&
           (line.layers.size() > 1 || !line.quantity_before.has_value());
}

}  // namespace cart::core
