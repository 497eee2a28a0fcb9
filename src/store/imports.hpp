// What cart_import() writes: carts and lines by the hundred, and the record of what was imported.
//
// A record stands for a row of the application's table. Rows of one group are told apart by what
// they hold; a row with a primary key is a group of its own, and else the rows of one owner are.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/item.hpp"
#include "pg/spi.hpp"
#include "store/carts.hpp"
#include "store/items.hpp"

namespace cart::store::imports {

using Hash = std::array<std::byte, 16>;

struct Record {
    Hash group;
    std::int64_t number;  // within the group
    Hash row;             // of what the row held
    pg::Uuid cart;        // that it went into; of records that are read: nothing
};

// Until the transaction ends, nobody else imports from the table into the tenant.
void take_turns(std::string_view tenant, std::string_view table);

// The records of these groups, in order.
[[nodiscard]] std::vector<Record> find(std::string_view tenant, std::string_view table,
                                       std::span<const pg::Bytes> groups);
void write(std::string_view tenant, std::string_view table, std::span<const Record> records,
           TimestampTz now);

// A cart that is to be its owner's active one.
struct NewCart {
    pg::Uuid id;
    Owner owner;
    TimestampTz last_accessed_at;
};
// Makes the carts of owners who have none, all of one tenant, and gives their ids. Waits for
// whoever is making one.
[[nodiscard]] std::vector<pg::Uuid> create(std::span<const NewCart> carts,
                                           const Circumstances& now);

// A line of a cart that create() has made.
struct NewLine {
    pg::Uuid cart;
    std::int64_t position;
    LineToWrite line;
    TimestampTz added_at;
};
void insert(std::string_view tenant, std::span<const NewLine> lines, const Circumstances& now);

// Forgets that rows went into these carts.
void erase(std::string_view tenant, std::span<const pg::Uuid> carts);

}  // namespace cart::store::imports
