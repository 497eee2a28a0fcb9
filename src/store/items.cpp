#include "store/items.hpp"

#include "store/own_write.hpp"

namespace cart::store::items {

namespace {

#define LINE_COLUMNS \
    "item_key, position, product_id, quantity, unit_price, item, added_at, updated_at"

StoredLine line_from(const pg::Row& row) {
    return {.key = {.bytes = row.uuid(1)},
            .position = row.number(2),
            .product_id = row.text(3),
            .quantity = row.decimal(4),
            .unit_price = row.optional_decimal(5),
            .item = row.jsonb(6),
            .added_at = row.time(7),
            .updated_at = row.time(8)};
}

std::pmr::vector<StoredLine> lines_from(const pg::Rows& rows, std::pmr::memory_resource* memory) {
    std::pmr::vector<StoredLine> lines(memory);
    lines.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        lines.push_back(line_from(rows[i]));
    }
    return lines;
}

pg::Statement select_all("SELECT " LINE_COLUMNS
                         " FROM cart.items WHERE tenant_id = $1 AND cart_id = $2"
                         " ORDER BY position, item_key");

pg::Statement select_with_keys("SELECT " LINE_COLUMNS
                               " FROM cart.items WHERE tenant_id = $1 AND cart_id = $2"
                               " AND item_key = ANY ($3) ORDER BY position, item_key");

pg::Statement select_extent(
    "SELECT count(*), coalesce(max(position), 0) FROM cart.items"
    " WHERE tenant_id = $1 AND cart_id = $2");

pg::Statement insert_line(
    "INSERT INTO cart.items (tenant_id, cart_id, item_key, position, product_id, quantity,"
    " unit_price, item, added_at, updated_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)");

pg::Statement update_line(
    "UPDATE cart.items SET product_id = $4, quantity = $5, unit_price = $6, item = $7,"
    " updated_at = $8 WHERE tenant_id = $1 AND cart_id = $2 AND item_key = $3");

}  // namespace

std::pmr::vector<StoredLine> all(const Cart& cart, pg::Access access,
                                 std::pmr::memory_resource* memory) {
    return lines_from(select_all.run({pg::argument(cart.tenant), pg::argument(cart.id)}, access),
                      memory);
}

std::pmr::vector<StoredLine> with_keys(const Cart& cart, std::span<const core::ItemKey> keys,
                                       std::pmr::memory_resource* memory) {
    std::pmr::vector<pg::Uuid> uuids(memory);
    uuids.reserve(keys.size());
    for (const core::ItemKey& key : keys) {
        uuids.push_back(key.bytes);
    }
    return lines_from(select_with_keys.run({pg::argument(cart.tenant), pg::argument(cart.id),
                                            pg::argument(std::span<const pg::Uuid>(uuids))}),
                      memory);
}

Extent extent(const Cart& cart) {
    const pg::Rows rows = select_extent.run({pg::argument(cart.tenant), pg::argument(cart.id)});
    return {.lines = rows[0].number(1), .last_position = rows[0].number(2)};
}

void insert(const Cart& cart, const LineToWrite& line, std::int64_t position,
            const Circumstances& now) {
    const OwnWrite own;
    (void)insert_line.run(
        {pg::argument(cart.tenant), pg::argument(cart.id), pg::argument(line.key.bytes),
         pg::argument(position), pg::argument(line.product_id), pg::argument(line.quantity),
         pg::argument(line.unit_price), pg::argument(line.item), pg::timestamp_argument(now.now)});
}

void update(const Cart& cart, const LineToWrite& line, const Circumstances& now) {
    const OwnWrite own;
    (void)update_line.run({pg::argument(cart.tenant), pg::argument(cart.id),
                           pg::argument(line.key.bytes), pg::argument(line.product_id),
                           pg::argument(line.quantity), pg::argument(line.unit_price),
                           pg::argument(line.item), pg::timestamp_argument(now.now)});
}

}  // namespace cart::store::items
