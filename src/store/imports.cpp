#include "store/imports.hpp"

#include <algorithm>
#include <string>
#include <tuple>

#include "pg/guard.hpp"
#include "store/events.hpp"
#include "store/own_write.hpp"

extern "C" {
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
}

namespace cart::store::imports {

namespace {

pg::Statement lock_table(
    "SELECT pg_advisory_xact_lock(hashtextextended('cart_ext import ' || $1 || ' ' || $2, 0))");

// One descent into the index for each group: with = ANY, a plan from when the table was empty would
// read all of a tenant's records.
pg::Statement select_records(
    "SELECT g.hash, r.row_number, r.row_hash FROM unnest($3) g (hash) CROSS JOIN LATERAL"
    " (SELECT row_number, row_hash FROM cart.imports WHERE tenant_id = $1 AND table_name = $2"
    " AND group_hash = g.hash OFFSET 0) r");

pg::Statement insert_records(
    "INSERT INTO cart.imports (tenant_id, table_name, group_hash, row_number, row_hash, cart_id,"
    " imported_at) SELECT $1, $2, r.group_hash, r.row_number, r.row_hash, r.cart_id, $7"
    " FROM unnest($3::bytea[], $4::bigint[], $5::bytea[], $6::uuid[])"
    " r (group_hash, row_number, row_hash, cart_id)");

pg::Statement delete_records(
    "DELETE FROM cart.imports WHERE tenant_id = $1 AND cart_id = ANY ($2)");

// No conflict target: either of the partial unique indexes may say that there is one already.
pg::Statement insert_carts(
    "INSERT INTO cart.carts (tenant_id, cart_id, user_id, session_hash, status, version, currency,"
    " location_id, created_by, updated_by, created_at, updated_at, last_accessed_at, sweep_from)"
    " SELECT $1, c.cart_id, c.user_id, c.session_hash, 'active', 1, $6, $7, $8, $8, $9, $9,"
    " c.last_accessed_at, c.last_accessed_at"
    " FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::timestamptz[])"
    " c (cart_id, user_id, session_hash, last_accessed_at)"
    " ON CONFLICT DO NOTHING RETURNING cart_id");

pg::Statement insert_lines(
    "INSERT INTO cart.items (tenant_id, cart_id, item_key, position, product_id, quantity,"
    " unit_price, item, added_at, updated_at)"
    " SELECT $1, l.cart_id, l.item_key, l.position, l.product_id, l.quantity, l.unit_price,"
    " l.item, l.added_at, $10"
    " FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::numeric[], $7::numeric[],"
    " $8::jsonb[], $9::timestamptz[])"
    " l (cart_id, item_key, position, product_id, quantity, unit_price, item, added_at)");

// Collects one column of many rows.
class Column {
  public:
    explicit Column(Oid type) : type_(type) {}

    void add(const pg::Argument& value) {
        values_.push_back(value.datum);
        nulls_.push_back(value.is_null ? 1 : 0);
    }

    [[nodiscard]] pg::Argument argument() {
        Datum* values = values_.data();
        auto* nulls = reinterpret_cast<bool*>(nulls_.data());
        int count = static_cast<int>(values_.size());
        return pg::guarded([&] {
            int lower = 1;
            std::int16_t length = 0;
            bool by_value = false;
            char alignment = 0;
            get_typlenbyvalalign(type_, &length, &by_value, &alignment);
            ArrayType* array = construct_md_array(values, nulls, 1, &count, &lower, type_, length,
                                                  by_value, alignment);
            return pg::Argument{
                .type = get_array_type(type_), .datum = PointerGetDatum(array), .is_null = false};
        });
    }

  private:
    Oid type_;
    std::vector<Datum> values_;
    std::vector<char> nulls_;
};

Hash hash_from(const pg::Row& row, int column) {
    const auto bytes = row.optional_bytes(column);
    Hash hash{};
    std::copy_n(bytes->begin(), std::min(bytes->size(), hash.size()), hash.begin());
    return hash;
}

std::optional<pg::Bytes> session_of(const Owner& owner) {
    return owner.session ? std::optional<pg::Bytes>(*owner.session) : std::nullopt;
}

}  // namespace

void take_turns(std::string_view tenant, std::string_view table) {
    (void)lock_table.run({pg::argument(tenant), pg::argument(table)});
}

std::vector<Record> find(std::string_view tenant, std::string_view table,
                         std::span<const pg::Bytes> groups) {
    const pg::Rows rows =
        select_records.run({pg::argument(tenant), pg::argument(table), pg::argument(groups)});
    std::vector<Record> records;
    records.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        records.push_back({.group = hash_from(rows[i], 1),
                           .number = rows[i].number(2),
                           .row = hash_from(rows[i], 3),
                           .cart = {}});
    }
    std::ranges::sort(records, [](const Record& a, const Record& b) {
        return std::tie(a.group, a.number) < std::tie(b.group, b.number);
    });
    return records;
}

void write(std::string_view tenant, std::string_view table, std::span<const Record> records,
           TimestampTz now) {
    if (records.empty()) {
        return;
    }
    Column groups(BYTEAOID);
    Column numbers(INT8OID);
    Column rows(BYTEAOID);
    Column carts(UUIDOID);
    for (const Record& record : records) {
        groups.add(pg::argument(pg::Bytes(record.group)));
        numbers.add(pg::argument(record.number));
        rows.add(pg::argument(pg::Bytes(record.row)));
        carts.add(pg::argument(record.cart));
    }
    const OwnWrite own;
    (void)insert_records.run({pg::argument(tenant), pg::argument(table), groups.argument(),
                              numbers.argument(), rows.argument(), carts.argument(),
                              pg::timestamp_argument(now)});
}

std::vector<pg::Uuid> create(std::span<const NewCart> carts, const Circumstances& now) {
    std::vector<pg::Uuid> made;
    if (carts.empty()) {
        return made;
    }
    Column ids(UUIDOID);
    Column users(TEXTOID);
    Column sessions(BYTEAOID);
    Column used(TIMESTAMPTZOID);
    for (const NewCart& cart : carts) {
        ids.add(pg::argument(cart.id));
        users.add(pg::argument(cart.owner.user));
        sessions.add(pg::argument(session_of(cart.owner)));
        used.add(pg::timestamp_argument(cart.last_accessed_at));
    }
    const std::string_view tenant = carts.front().owner.tenant;
    const OwnWrite own;
    const pg::Rows rows = insert_carts.run(
        {pg::argument(tenant), ids.argument(), users.argument(), sessions.argument(),
         used.argument(), pg::argument(now.currency), pg::argument(now.location),
         pg::argument(now.actor), pg::timestamp_argument(now.now)});
    made.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        made.push_back(rows[i].uuid(1));
        events::note(events::Kind::changed, tenant, made.back(), 1);
    }
    return made;
}

void insert(std::string_view tenant, std::span<const NewLine> lines, const Circumstances& now) {
    if (lines.empty()) {
        return;
    }
    Column carts(UUIDOID);
    Column keys(UUIDOID);
    Column positions(INT8OID);
    Column products(TEXTOID);
    Column quantities(NUMERICOID);
    Column prices(NUMERICOID);
    Column items(JSONBOID);
    Column added(TIMESTAMPTZOID);
    for (const NewLine& line : lines) {
        carts.add(pg::argument(line.cart));
        keys.add(pg::argument(line.line.key.bytes));
        positions.add(pg::argument(line.position));
        products.add(pg::argument(line.line.product_id));
        quantities.add(pg::argument(line.line.quantity));
        prices.add(pg::argument(line.line.unit_price));
        items.add(pg::argument(line.line.item));
        added.add(pg::timestamp_argument(line.added_at));
    }
    const OwnWrite own;
    (void)insert_lines.run({pg::argument(tenant), carts.argument(), keys.argument(),
                            positions.argument(), products.argument(), quantities.argument(),
                            prices.argument(), items.argument(), added.argument(),
                            pg::timestamp_argument(now.now)});
}

void erase(std::string_view tenant, std::span<const pg::Uuid> carts) {
    const OwnWrite own;
    (void)delete_records.run({pg::argument(tenant), pg::argument(carts)});
}

}  // namespace cart::store::imports
