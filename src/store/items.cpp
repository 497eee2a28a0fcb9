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
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");

pg::Statement update_line(
    "UPDATE cart.items SET product_id = $4, quantity = $5, unit_price = $6, item = $7,"
    " updated_at = $8 WHERE tenant_id = $1 AND cart_id = $2 AND item_key = $3");

pg::Statement replace_line(
    "UPDATE cart.items SET item_key = $4, product_id = $5, quantity = $6, unit_price = $7,"
    " item = $8, updated_at = $9 WHERE tenant_id = $1 AND cart_id = $2 AND item_key = $3");

pg::Statement delete_lines(
    "DELETE FROM cart.items WHERE tenant_id = $1 AND cart_id = $2 AND item_key = ANY ($3)");

pg::Statement backup_lines(
    "SELECT coalesce(jsonb_agg(to_jsonb(i)), '[]') FROM cart.items i"
    " WHERE tenant_id = $1 AND cart_id = $2 AND item_key = ANY ($3)");

pg::Statement restore_lines(
    "INSERT INTO cart.items (tenant_id, cart_id, item_key, position, product_id, quantity,"
    " unit_price, item, added_at, updated_at)"
    " SELECT $1, $2, item_key, position, product_id, quantity, unit_price, item, added_at,"
    " updated_at FROM jsonb_populate_recordset(NULL::cart.items, $3)");

pg::Argument keys_argument(std::span<const core::ItemKey> keys) {
    std::vector<pg::Uuid> uuids;
    uuids.reserve(keys.size());
    for (const core::ItemKey& key : keys) {
        uuids.push_back(key.bytes);
    }
    return pg::argument(std::span<const pg::Uuid>(uuids));
}

}  // namespace

std::pmr::vector<StoredLine> all(const Cart& cart, pg::Access access,
                                 std::pmr::memory_resource* memory) {
    return lines_from(select_all.run({pg::argument(cart.tenant), pg::argument(cart.id)}, access),
                      memory);
}

std::pmr::vector<StoredLine> with_keys(const Cart& cart, std::span<const core::ItemKey> keys,
                                       std::pmr::memory_resource* memory, pg::Access access) {
    return lines_from(
        select_with_keys.run(
            {pg::argument(cart.tenant), pg::argument(cart.id), keys_argument(keys)}, access),
        memory);
}

Extent extent(const Cart& cart) {
    const pg::Rows rows = select_extent.run({pg::argument(cart.tenant), pg::argument(cart.id)});
    return {.lines = rows[0].number(1), .last_position = rows[0].number(2)};
}

void insert(const Cart& cart, const LineToWrite& line, std::int64_t position,
            const Circumstances& now, std::optional<TimestampTz> added_at) {
    const OwnWrite own;
    (void)insert_line.run(
        {pg::argument(cart.tenant), pg::argument(cart.id), pg::argument(line.key.bytes),
         pg::argument(position), pg::argument(line.product_id), pg::argument(line.quantity),
         pg::argument(line.unit_price), pg::argument(line.item),
         pg::timestamp_argument(added_at.value_or(now.now)), pg::timestamp_argument(now.now)});
}

void update(const Cart& cart, const LineToWrite& line, const Circumstances& now) {
    const OwnWrite own;
    (void)update_line.run({pg::argument(cart.tenant), pg::argument(cart.id),
                           pg::argument(line.key.bytes), pg::argument(line.product_id),
                           pg::argument(line.quantity), pg::argument(line.unit_price),
                           pg::argument(line.item), pg::timestamp_argument(now.now)});
}

void replace(const Cart& cart, const core::ItemKey& old_key, const LineToWrite& line,
             const Circumstances& now) {
    const OwnWrite own;
    (void)replace_line.run(
        {pg::argument(cart.tenant), pg::argument(cart.id), pg::argument(old_key.bytes),
         pg::argument(line.key.bytes), pg::argument(line.product_id), pg::argument(line.quantity),
         pg::argument(line.unit_price), pg::argument(line.item), pg::timestamp_argument(now.now)});
}

void remove(const Cart& cart, std::span<const core::ItemKey> keys) {
    const OwnWrite own;
    (void)delete_lines.run({pg::argument(cart.tenant), pg::argument(cart.id), keys_argument(keys)});
}

const Jsonb* backup(const Cart& cart, std::span<const core::ItemKey> keys) {
    return backup_lines
        .run({pg::argument(cart.tenant), pg::argument(cart.id), keys_argument(keys)})[0]
        .jsonb(1);
}

void restore(const Cart& cart, const Jsonb* backup) {
    const OwnWrite own;
    (void)restore_lines.run(
        {pg::argument(cart.tenant), pg::argument(cart.id), pg::argument(backup)});
}

}  // namespace cart::store::items
