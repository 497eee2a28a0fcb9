// An application's table that keeps a cart as one JSON column, read row by row.
#pragma once

#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pg/jsonb.hpp"
#include "pg/spi.hpp"

namespace cart::store {

// As the call names them. A column that the table lacks is taken as absent.
struct SourceColumns {
    std::optional<std::string> user;
    std::optional<std::string> session;
    std::optional<std::string> items;
    std::optional<std::string> status;
    std::optional<std::string> accessed;
};

// One active cart of the table. What it refers to lives in the memory that it was read into.
struct SourceRow {
    std::optional<std::string_view> user;
    std::optional<std::string_view> session;  // where there is no user
    const Jsonb* items = nullptr;             // nullptr: NULL, or what jsonb cannot hold
    bool is_unreadable = false;               // of type json, and no jsonb
    std::optional<TimestampTz> accessed;
    std::string_view place;                  // ctid; where there is no primary key
    std::pmr::vector<std::string_view> key;  // the values of the primary key
};

// Reads with the rights of the table's owner, where the caller may act as it, so that nothing of
// the owner's runs with the rights of a superuser that imports; else with the caller's, and without
// row security, which must not hide rows. The active rows come owner by owner: users in order, then
// guests in the order of their tokens' hashes, then rows of nobody; of one owner, the one that was
// used last comes last.
class ImportSource {
  public:
    // As the tables' owner; `caller` is who called. Raises 42501 for a table that the caller may
    // not read, 42809 for what is no table, 42703 where owner or items are lacking, 42804 for
    // columns of other types.
    ImportSource(Oid relation, const SourceColumns& columns, Oid caller);

    // The schema and name, as records keep it.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::vector<std::string>& key_columns() const noexcept { return key_; }

    // The next rows; none at the end.
    [[nodiscard]] std::vector<SourceRow> next(long most, std::pmr::memory_resource* memory);

  private:
    [[nodiscard]] SourceRow read(const pg::Row& row, std::pmr::memory_resource* memory) const;
    void read_json(std::vector<SourceRow>& rows, std::vector<std::string_view>& texts,
                   std::pmr::memory_resource* memory) const;

    Oid reader_;
    bool is_json_ = false;
    std::string name_;
    std::vector<std::string> key_;
    std::optional<pg::Cursor> cursor_;
};

}  // namespace cart::store
