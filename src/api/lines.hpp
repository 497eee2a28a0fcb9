// Bringing items into a cart: what add and merge share.
#pragma once

#include <memory_resource>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "api/items.hpp"
#include "core/change.hpp"
#include "core/error.hpp"
#include "core/merge.hpp"
#include "pg/jsonb.hpp"
#include "store/items.hpp"
#include "store/rules.hpp"

namespace cart::api {

// One item on its way into a cart, from a call or from another cart.
struct IncomingItem {
    core::Line line;
    std::string_view product_id;
    const JsonbContainer* document;
    std::size_t bytes;              // 0: measured when it was first added
    const Jsonb* stored = nullptr;  // the document itself, where it is as a line keeps it
    pg::RowPlace place = {};
};

[[nodiscard]] IncomingItem incoming(const GivenItem& item);
[[nodiscard]] IncomingItem incoming(const store::StoredLine& line);

// What a target has: of its lines those that the items match, and the extent of all.
struct Standing {
    std::span<const store::StoredLine> matching;
    store::items::Extent extent;
};

// How items are brought in.
struct Bringing {
    core::Strategy strategy;
    core::OnLimit on_limit;  // also of what the catalogue says is unavailable
    // The target's lines, where they have been read already.
    std::optional<Standing> standing = {};
};

// Merges the items into the lines of the cart, which this transaction has locked, asks the
// catalogue, and writes the lines that come out different. Throws Error(limit_exceeded) and
// Error(item_unavailable) under OnLimit::refuse.
[[nodiscard]] std::pmr::vector<core::LineChange> bring_in(const store::carts::Taken& target,
                                                          std::span<const IncomingItem> items,
                                                          const Bringing& bringing,
                                                          const store::TenantRules& rules,
                                                          const store::Circumstances& now,
                                                          std::pmr::memory_resource* memory);

// Error(limit_exceeded) for an item of so many bytes.
[[nodiscard]] core::Error item_too_large(std::size_t bytes, std::size_t limit);

// Appends the array of changes; prices have at least so many digits after the point.
void build_changes(pg::JsonbBuilder& out, std::span<const core::LineChange> changes, int digits);

}  // namespace cart::api
