// The repository of cart.items: the lines of carts.
#pragma once

#include <memory_resource>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/item.hpp"
#include "pg/spi.hpp"
#include "store/carts.hpp"

namespace cart::store {

// A row. What it refers to lives as long as the Store.
struct StoredLine {
    core::ItemKey key;
    std::int64_t position;
    std::string_view product_id;
    core::Decimal quantity;
    std::optional<core::Decimal> unit_price;
    const Jsonb* item;  // the item without what the line keeps apart
    TimestampTz added_at;
    TimestampTz updated_at;
};

// What is written of a line.
struct LineToWrite {
    core::ItemKey key;
    std::string_view product_id;
    core::Decimal quantity;
    std::optional<core::Decimal> unit_price;
    const Jsonb* item;
};

namespace items {

// The lines of a cart, in the order in which they were added.
[[nodiscard]] std::pmr::vector<StoredLine> all(const Cart& cart, pg::Access access,
                                               std::pmr::memory_resource* memory);

// Those lines of a cart that have one of the keys, in the same order.
[[nodiscard]] std::pmr::vector<StoredLine> with_keys(const Cart& cart,
                                                     std::span<const core::ItemKey> keys,
                                                     std::pmr::memory_resource* memory);

struct Extent {
    std::int64_t lines;
    std::int64_t last_position;
};
[[nodiscard]] Extent extent(const Cart& cart);

void insert(const Cart& cart, const LineToWrite& line, std::int64_t position,
            const Circumstances& now);
void update(const Cart& cart, const LineToWrite& line, const Circumstances& now);

}  // namespace items

}  // namespace cart::store
