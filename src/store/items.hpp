// The repository of cart.items: the lines of carts.
#pragma once

#include <memory_resource>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/item.hpp"
#include "pg/jsonb.hpp"
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
    pg::RowPlace place = {};
};

// What is written of a line.
struct LineToWrite {
    core::ItemKey key;
    std::string_view product_id;
    core::Decimal quantity;
    std::optional<core::Decimal> unit_price;
    const Jsonb* item;
    pg::RowPlace place = {};  // of the line as it was read, if it was
};

struct NewLine {
    const LineToWrite& row;
    std::int64_t position;
    std::optional<TimestampTz> added_at;  // since when it has been there, if it was there before
};

namespace items {

// The lines of a cart, in the order in which they were added.
[[nodiscard]] std::pmr::vector<StoredLine> all(const Cart& cart, pg::Access access,
                                               std::pmr::memory_resource* memory);

// Those lines of a cart that have one of the keys, in the same order.
[[nodiscard]] std::pmr::vector<StoredLine> with_keys(const Cart& cart,
                                                     std::span<const core::ItemKey> keys,
                                                     std::pmr::memory_resource* memory,
                                                     pg::Access access = pg::Access::write);

struct Extent {
    std::int64_t lines;
    std::int64_t last_position;
};
[[nodiscard]] Extent extent(const Cart& cart);
// The same of all lines of a cart, as all() gives them.
[[nodiscard]] Extent extent_of(std::span<const StoredLine> lines);

void insert(const Cart& cart, std::span<const NewLine> lines, const Circumstances& now);
void update(const Cart& cart, const LineToWrite& line, const Circumstances& now);

// Writes a line whose identity has changed, in the place of the line that had the key `old_key`.
void replace(const Cart& cart, const core::ItemKey& old_key, const LineToWrite& line,
             const Circumstances& now);

// Takes lines out of the cart.
void remove(const Cart& cart, std::span<const core::ItemKey> keys);

// Appends lines of a cart as a document, and writes them again from it. Whatever stands under their
// keys must have been taken out.
void build_backup(pg::JsonbBuilder& out, std::span<const StoredLine> lines);
void restore(const Cart& cart, const Jsonb* backup);

}  // namespace items

}  // namespace cart::store
