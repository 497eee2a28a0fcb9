// Bringing the lines of one cart into another.
//
// Core decides, the store writes: merge_lines() takes the lines of both sides and says which lines
// result, which items each is made of, and what happened to it. Adding is the merge of one item.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/decimal.hpp"
#include "core/item.hpp"

namespace cart::core {

// What becomes of the quantity of a line that stands on both sides.
enum class Strategy : unsigned char {
    sum,       // existing + incoming
    max,       // the larger one
    incoming,  // the incoming one
    existing,  // the existing one
};

// Reads a strategy's name. Throws Error(invalid_parameter).
[[nodiscard]] Strategy read_strategy(std::string_view name);
[[nodiscard]] std::string_view name_of(Strategy strategy) noexcept;

// A tenant's limits on one cart. Nothing: no limit.
struct Limits {
    std::optional<std::size_t> max_lines = 1000;
    std::optional<Decimal> max_quantity = Decimal(1'000'000);
    std::optional<std::size_t> max_item_bytes = 16384;

    static Limits none() { return {.max_lines = {}, .max_quantity = {}, .max_item_bytes = {}}; }
};

// What to do about a line beyond a limit: refuse it all (add, update), or clamp the quantity and
// drop lines that find no room, and report it (merge: data never makes a login fail).
enum class OnLimit : unsigned char { refuse, clamp };

// One line of a side.
struct Line {
    ItemKey key;
    Decimal quantity = 1;
    std::optional<Decimal> unit_price = {};
};

enum class Action : unsigned char {
    added,
    summed,
    kept,
    replaced,
    clamped,
    dropped,
    removed,   // by a call that takes lines out; no merge does
    repriced,  // by the catalogue alone
};
[[nodiscard]] std::string_view name_of(Action action) noexcept;

// A line of the result that has something of the incoming side, or that joins lines of the
// existing side.
//
// `layers` are the items that it is made of, from the oldest claim to the newest: where two have
// the same member, the later one's counts. A layer is a place in the existing side, or beyond its
// end in the incoming side: n is incoming[n - existing.size()].
struct MergedLine {
    ItemKey key;
    std::pmr::vector<std::size_t> layers;
    Decimal quantity = 0;  // of the result; under Action::dropped, 0
    std::optional<Decimal> unit_price = {};
    Action action = Action::added;
    std::string_view reason = {};  // "max_quantity", "max_lines", or empty

    std::optional<Decimal> quantity_before = {};  // of the existing side
    std::optional<Decimal> quantity_incoming = {};
    std::optional<Decimal> price_before = {};
    std::optional<std::size_t> incoming_index = {};  // the first incoming item of this line
};

struct MergeRules {
    Strategy strategy = Strategy::sum;
    Limits limits;
    OnLimit on_limit = OnLimit::clamp;
    // Lines of the existing cart that were not passed, because nothing incoming matches them.
    std::size_t other_lines = 0;
};

// Every line of the result, existing ones first, in the order in which they first stand; lines
// that match within a side are summed first. An existing line that nothing touches is in the
// result too, with one layer and Action::kept. Under OnLimit::refuse, throws
// Error(limit_exceeded) with the index of the incoming item at fault.
[[nodiscard]] std::pmr::vector<MergedLine> merge_lines(std::span<const Line> existing,
                                                       std::span<const Line> incoming,
                                                       const MergeRules& rules,
                                                       std::pmr::memory_resource* memory);

// Whether the line came out different from how it stood in the existing side.
[[nodiscard]] bool is_changed(const MergedLine& line) noexcept;

}  // namespace cart::core
