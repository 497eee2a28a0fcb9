// The tenant's catalogue: a function of the application's that knows prices and availability.
//
// It is asked once for all lines that a call is about, with its owner's rights. It answers with one
// row for each item that can be had: its price, and perhaps its tax rate and the most that can be
// had of it. An item without a row is unavailable.
#pragma once

#include <memory_resource>
#include <span>
#include <string_view>

#include "api/draft.hpp"
#include "store/rules.hpp"

namespace cart::api {

enum class Unavailable : bool {
    refuse,  // Error(item_unavailable)
    drop,    // the line is dropped, and the report says so
};

// Sets the prices and tax rates of the drafts by the catalogue, clamps their quantities, and
// refuses or drops what is unavailable; their changes tell. Nothing happens where the tenant has
// no catalogue. Raises 39000 for an answer that is none: two rows for an item, a price that is NULL
// or negative. What the catalogue raises goes on as it is.
void consult_catalog(const store::Cart& cart, const store::TenantRules& rules,
                     std::span<Draft> drafts, Unavailable unavailable,
                     std::pmr::memory_resource* memory);

// The name of the catalogue as it is kept, with its schema. As the caller finds it; raises 42501
// unless the caller may act as its owner, and what is wrong with its result's columns.
[[nodiscard]] std::string checked_catalog(std::string_view name);

}  // namespace cart::api
