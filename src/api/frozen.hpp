// What checkout freezes of a cart: its totals, whatever catalogue and settings say later, and what
// tells whether the cart is still the one that was checked out.
//
//     {"totals": {…}, "line_totals": {"<item_key>": {…}, …},   as the document shows them
//      "discount": …, "currency": …,                           what they were computed from
//      "lines": "<SHA-256 of the lines, base64url>"}
#pragma once

#include <optional>
#include <span>

#include "core/money.hpp"
#include "pg/jsonb.hpp"
#include "store/carts.hpp"
#include "store/items.hpp"

namespace cart::api {

[[nodiscard]] const Jsonb* freeze(const store::Cart& cart, std::span<const store::StoredLine> lines,
                                  const core::Totals& totals);

// What the last checkout of a cart froze.
class Frozen {
  public:
    explicit Frozen(const Jsonb* document) noexcept : document_(document) {}

    // Its totals, and those of its lines by their keys, as its document shows them. nullptr where
    // there are none.
    [[nodiscard]] const Jsonb* totals() const { return member("totals"); }
    [[nodiscard]] const Jsonb* line_totals() const { return member("line_totals"); }

    // Whether these are the lines that were checked out, in whatever order.
    [[nodiscard]] bool has(std::span<const store::StoredLine> lines) const;

    // How the cart was described.
    [[nodiscard]] store::carts::Description description(const store::Cart& cart) const;

  private:
    [[nodiscard]] const Jsonb* member(std::string_view name) const;

    const Jsonb* document_;
};

// Nothing where the cart was never checked out: it may have got its status by a direct write.
[[nodiscard]] std::optional<Frozen> frozen_of(const store::Cart& cart, pg::Access access);

}  // namespace cart::api
