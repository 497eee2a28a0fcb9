// What a call did to one line of a cart: the contract's entry of "changes".
#pragma once

#include <memory_resource>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/decimal.hpp"
#include "core/item.hpp"
#include "core/merge.hpp"

namespace cart::core {

struct LineChange {
    ItemKey key;
    std::string_view product_id;
    Action action = Action::kept;
    std::optional<Decimal> quantity_before = {};  // nothing: there was no such line
    std::optional<Decimal> quantity_incoming = {};
    Decimal quantity_after = 0;  // 0: the line is gone
    std::optional<Decimal> price_before = {};
    std::optional<Decimal> price_after = {};
    std::string_view reason = {};  // why it came out otherwise than asked for; or empty
};

// The change of a line that was taken out.
[[nodiscard]] LineChange removed(const ItemKey& key, std::string_view product_id,
                                 const Decimal& quantity, const std::optional<Decimal>& price);

// The change of a line that could not come along, and why.
[[nodiscard]] LineChange dropped(const ItemKey& key, std::string_view product_id,
                                 const Decimal& quantity, const std::optional<Decimal>& price,
                                 std::string_view reason);

// Several changes, one after another, as one for each line: from how it stood at first to how it
// stands at last. In the order in which the lines were first touched.
[[nodiscard]] std::pmr::vector<LineChange> fold(std::span<const LineChange> changes,
                                                std::pmr::memory_resource* memory);

}  // namespace cart::core
