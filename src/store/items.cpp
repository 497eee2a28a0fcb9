#include "store/items.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "pg/keyed.hpp"
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
            .updated_at = row.time(8),
            .place = row.place()};
}

// In the order in which they were added.
std::pmr::vector<StoredLine> lines_from(const pg::Rows& rows, std::pmr::memory_resource* memory) {
    std::pmr::vector<StoredLine> lines(memory);
    lines.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        lines.push_back(line_from(rows[i]));
    }
    if (lines.size() > 1) {
        std::ranges::sort(lines, {}, [](const StoredLine& line) {
            return std::pair(line.position, line.key.bytes);
        });
    }
    return lines;
}

using pg::Assignment;
using pg::KeyedPlan;
using pg::KeyedStatement;
using pg::removing;
using pg::returning;
using pg::to_argument;
using pg::updating;

// The ways to the lines of a cart: all of them, one, and those of some keys.
constexpr KeyedPlan of_cart{.kind = KeyedPlan::Kind::select,
                            .schema = "cart",
                            .table = "items",
                            .index = "items_pkey",
                            .keys = "tenant_id, cart_id"};
constexpr KeyedPlan by_key = [] {
    KeyedPlan plan = of_cart;
    plan.keys = "tenant_id, cart_id, item_key";
    return plan;
}();
constexpr KeyedPlan by_keys = [] {
    KeyedPlan plan = by_key;
    plan.any_of_last = true;
    return plan;
}();

KeyedStatement select_all(returning(of_cart, LINE_COLUMNS));
KeyedStatement select_positions(returning(of_cart, "position"));
KeyedStatement select_with_key(returning(by_key, LINE_COLUMNS));
KeyedStatement select_with_keys(returning(by_keys, LINE_COLUMNS));

constexpr KeyedPlan new_line{.kind = KeyedPlan::Kind::insert,
                             .schema = "cart",
                             .table = "items",
                             .given =
                                 "tenant_id, cart_id, item_key, position, product_id, "
                                 "quantity, unit_price, item, added_at, updated_at"};
KeyedStatement insert_line(new_line);

constexpr auto line_values = std::to_array<Assignment>(
    {to_argument("product_id", 4), to_argument("quantity", 5), to_argument("unit_price", 6),
     to_argument("item", 7), to_argument("updated_at", 8)});
KeyedStatement update_line(updating(by_key, line_values));

KeyedStatement delete_lines(removing(by_keys));

pg::Statement replace_line(
    "UPDATE cart.items SET item_key = $4, product_id = $5, quantity = $6, unit_price = $7,"
    " item = $8, updated_at = $9 WHERE tenant_id = $1 AND cart_id = $2 AND item_key = $3");

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
    const pg::Argument tenant = pg::argument(cart.tenant);
    const pg::Argument id = pg::argument(cart.id);
    return lines_from(
        keys.size() == 1
            ? select_with_key.run({tenant, id, pg::argument(keys.front().bytes)}, access)
            : select_with_keys.run({tenant, id, keys_argument(keys)}, access),
        memory);
}

Extent extent_of(std::span<const StoredLine> lines) {
    return {.lines = std::ssize(lines), .last_position = lines.empty() ? 0 : lines.back().position};
}

Extent extent(const Cart& cart) {
    const pg::Rows rows = select_positions.run({pg::argument(cart.tenant), pg::argument(cart.id)});
    Extent extent{.lines = static_cast<std::int64_t>(rows.size()), .last_position = 0};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        extent.last_position = std::max(extent.last_position, rows[i].number(1));
    }
    return extent;
}

void insert(const Cart& cart, std::span<const NewLine> lines, const Circumstances& now) {
    const OwnWrite own;
    std::vector<pg::Argument> arguments;
    for (const NewLine& line : lines) {
        const LineToWrite& row = line.row;
        arguments.insert(arguments.end(), {pg::argument(cart.tenant), pg::argument(cart.id),
                                           pg::argument(row.key.bytes), pg::argument(line.position),
                                           pg::argument(row.product_id), pg::argument(row.quantity),
                                           pg::argument(row.unit_price), pg::argument(row.item),
                                           pg::timestamp_argument(line.added_at.value_or(now.now)),
                                           pg::timestamp_argument(now.now)});
    }
    insert_line.insert_all(arguments);
}

void update(const Cart& cart, const LineToWrite& line, const Circumstances& now) {
    const OwnWrite own;
    (void)update_line.run(
        {pg::argument(cart.tenant), pg::argument(cart.id), pg::argument(line.key.bytes),
         pg::argument(line.product_id), pg::argument(line.quantity), pg::argument(line.unit_price),
         pg::argument(line.item), pg::timestamp_argument(now.now)},
        pg::Access::write, line.place);
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

void build_backup(pg::JsonbBuilder& out, std::span<const StoredLine> lines) {
    out.begin_array();
    for (const StoredLine& line : lines) {
        out.begin_object();
        out.key("item").json(line.item);
        out.key("added_at").time(line.added_at);
        out.key("item_key").uuid(line.key.bytes);
        out.key("position").number(static_cast<long long>(line.position));
        out.key("quantity").number(std::optional(line.quantity));
        out.key("product_id").text(line.product_id);
        out.key("unit_price").number(line.unit_price);
        out.key("updated_at").time(line.updated_at);
        out.end_object();
    }
    out.end_array();
}

void restore(const Cart& cart, const Jsonb* backup) {
    const OwnWrite own;
    (void)restore_lines.run(
        {pg::argument(cart.tenant), pg::argument(cart.id), pg::argument(backup)});
}

}  // namespace cart::store::items
