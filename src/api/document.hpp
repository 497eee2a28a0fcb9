// The cart as calls give it out: section 4 of the contract.
#pragma once

#include <memory_resource>
#include <span>
#include <string>

#include "core/money.hpp"
#include "pg/jsonb.hpp"
#include "store/carts.hpp"
#include "store/items.hpp"

namespace cart::api {

// Names cart and version: "<cart_id>:7".
[[nodiscard]] std::string etag_of(const store::Cart& cart);
// The etag where there is no cart.
inline constexpr std::string_view no_etag = "0";

// Digits after the point of the cart's amounts.
[[nodiscard]] int digits_of(const store::Cart& cart) noexcept;

// Appends the members of the cart's document to the object being built.
void build_cart(pg::JsonbBuilder& out, const store::Cart& cart,
                std::span<const store::StoredLine> lines, pg::Access access,
                std::pmr::memory_resource* memory);

// Appends those members that are not made of the lines.
void build_head(pg::JsonbBuilder& out, const store::Cart& cart);

// Appends the members of "totals", and the amounts among them.
void build_totals(pg::JsonbBuilder& out, const core::Totals& totals, int digits);
void build_amounts(pg::JsonbBuilder& out, const core::Amounts& amounts, int digits);

// Appends cart_id, etag and version: what is left under cart_ext.return_cart = off.
void build_brief(pg::JsonbBuilder& out, const store::Cart& cart);

}  // namespace cart::api
