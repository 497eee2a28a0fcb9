#include "core/change.hpp"

#include <unordered_map>

namespace cart::core {

namespace {

// What the line went through in all, first `earlier`, then `later`.
LineChange then(const LineChange& earlier, const LineChange& later) {
    LineChange both = later;
    both.quantity_before = earlier.quantity_before;
    both.price_before = earlier.price_before;
    switch (later.action) {
        case Action::kept:
            both.action = earlier.action;
            both.quantity_incoming = earlier.quantity_incoming;
            both.reason = earlier.reason;
            break;
        case Action::summed:
            if (earlier.action == Action::kept || earlier.action == Action::repriced) {
                break;
            }
            both.action = earlier.action;
            if (earlier.quantity_incoming && later.quantity_incoming) {
                both.quantity_incoming = *earlier.quantity_incoming + *later.quantity_incoming;
            }
            break;
        case Action::added:
        case Action::replaced:
            both.action = earlier.quantity_before ? Action::replaced : Action::added;
            break;
        default:
            break;
    }
    return both;
}

}  // namespace

LineChange removed(const ItemKey& key, std::string_view product_id, const Decimal& quantity,
                   const std::optional<Decimal>& price) {
    return {.key = key,
            .product_id = product_id,
            .action = Action::removed,
            .quantity_before = quantity,
            .price_before = price};
}

LineChange dropped(const ItemKey& key, std::string_view product_id, const Decimal& quantity,
                   const std::optional<Decimal>& price, std::string_view reason) {
    LineChange change = removed(key, product_id, quantity, price);
    change.action = Action::dropped;
    change.reason = reason;
    return change;
}

std::pmr::vector<LineChange> fold(std::span<const LineChange> changes,
                                  std::pmr::memory_resource* memory) {
    std::pmr::vector<LineChange> folded(memory);
    folded.reserve(changes.size());
    std::pmr::unordered_map<ItemKey, std::size_t, ItemKeyHash> places(memory);
    for (const LineChange& change : changes) {
        const auto [at, is_new] = places.try_emplace(change.key, folded.size());
        if (is_new) {
            folded.push_back(change);
        } else {
            folded[at->second] = then(folded[at->second], change);
        }
    }
    return folded;
}

}  // namespace cart::core
