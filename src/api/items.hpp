// Items given as jsonb, read by core's one matcher.
#pragma once

#include <memory_resource>
#include <vector>

#include "core/item.hpp"
#include "core/merge.hpp"
#include "pg/jsonb.hpp"

namespace cart::api {

// An item of a call: what core knows of it, and the document itself.
struct GivenItem {
    core::Item facts;
    const JsonbContainer* document;
};

// `document`, or Error(item_invalid) where the call's parameter was NULL.
[[nodiscard]] const Jsonb* required(const Jsonb* document, std::string_view parameter);

// Reads one item. Throws like core::read_item.
[[nodiscard]] GivenItem read_item(const Jsonb* item, const core::MatchOn& match_on,
                                  std::pmr::memory_resource* memory);

// Reads an array of items; an error tells the index of the item at fault. Throws
// Error(item_invalid) if it is no array.
[[nodiscard]] std::pmr::vector<GivenItem> read_items(const Jsonb* items,
                                                     const core::MatchOn& match_on,
                                                     std::pmr::memory_resource* memory);

// The item as a line for core to merge.
[[nodiscard]] core::Line line_of(const GivenItem& item);

}  // namespace cart::api
