// Carts as applications keep them in one JSON column, on their way into the store.
#pragma once

#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/items.hpp"
#include "core/item.hpp"
#include "core/merge.hpp"
#include "pg/jsonb.hpp"
#include "store/import_source.hpp"
#include "store/imports.hpp"

namespace cart::api {

// Which members of the application's items become which of ours.
class Mapping {
  public:
    Mapping() = default;
    // From {"ours": "theirs", …}; nullptr: nothing is renamed. Throws Error(invalid_parameter).
    Mapping(const Jsonb* mapping, std::pmr::memory_resource* memory);

    [[nodiscard]] bool is_empty() const noexcept { return renamed_.empty(); }
    // The item with its members renamed. A member that it lacks renames nothing.
    [[nodiscard]] const Jsonb* apply(const JsonbContainer* item) const;

  private:
    std::vector<std::pair<std::string, std::string>> renamed_;  // ours, theirs
};

// A row, and what has become of it.
struct LegacyRow {
    store::SourceRow source;
    store::imports::Hash group{};
    store::imports::Hash content{};
    bool is_repeated = false;  // it was imported before
    bool is_refused = false;
    std::optional<std::pmr::vector<GivenItem>> items = {};
};

// The row's items. Throws Error for what is no array of items; the index tells which one.
[[nodiscard]] std::pmr::vector<GivenItem> read_items(const store::SourceRow& row,
                                                     const Mapping& mapping,
                                                     const core::MatchOn& match_on,
                                                     std::pmr::memory_resource* memory);

// Sets the row's hashes.
void identify(LegacyRow& row);

// Marks the rows that the records stand for; both are of one group. A row that holds what it held
// when it was imported is repeated, and so is one for each record that is left over: it was changed
// since, and what became of the cart here counts.
void mark_repeated(std::span<LegacyRow*> rows, std::span<const store::imports::Record> records);

}  // namespace cart::api
