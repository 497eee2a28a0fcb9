// The answers of writing calls.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "api/lines.hpp"
#include "pg/function.hpp"
#include "pg/table_result.hpp"
#include "store/requests.hpp"

namespace cart::api {

// The line that a call on one line was about, as it now is.
struct LineAnswer {
    core::ItemKey key;
    core::Decimal quantity;
};

// The cart with the changes that the call made, or what cart_ext.return_cart = off leaves of it.
[[nodiscard]] Datum answer(pg::Call& call, const store::Cart& cart,
                           std::span<const core::LineChange> changes);

// What cart_ext.return_cart = off leaves of the answer of a call, and the line, if it was about
// one.
[[nodiscard]] Datum brief_answer(pg::Call& call, const store::Cart& cart,
                                 const std::optional<LineAnswer>& line);

// The answer of a call that changed nothing: the owner's active cart, or the answer's shape with
// no cart.
[[nodiscard]] Datum nothing_changed(pg::Call& call, const store::Owner& owner);

// The answer of a repeat: the cart as it stands now; where it is the owner's no longer, the
// owner's active one. `line`: the line that the call is about, if it is about one.
[[nodiscard]] Datum replay(pg::Call& call, const store::Owner& owner,
                           const store::MadeRequest& made,
                           const std::optional<core::ItemKey>& line = {});

// The answer of a merge: the cart as it stands now, and what `build_merge` tells of the merge.
// `is_written`: this call has written the cart, so that it needs not be looked for again.
[[nodiscard]] Datum answer_merge(pg::Call& call, const std::optional<store::Cart>& cart,
                                 bool is_written,
                                 const std::function<void(pg::JsonbBuilder&)>& build_merge,
                                 const std::optional<store::MadeRequest>& made);

// Appends what writing calls show of a cart: its document, or under cart_ext.return_cart = off the
// brief form.
void build_shown(pg::JsonbBuilder& out, const store::Cart& cart, pg::Access access,
                 std::pmr::memory_resource* memory);
// The same, and the changes, unless it is the brief form.
void build_changed(pg::JsonbBuilder& out, const store::Cart& cart, pg::Access access,
                   std::span<const core::LineChange> changes, std::pmr::memory_resource* memory);

// Appends what tells a repeat from the first call.
void build_replayed(pg::JsonbBuilder& out, const store::MadeRequest& made);

// Appends the members of the cart's document, its lines read from the tables.
void build_current(pg::JsonbBuilder& out, const store::Cart& cart, pg::Access access,
                   std::pmr::memory_resource* memory);

// Adds the document of each cart to the result.
void add_documents(pg::TableResult& result, std::span<const store::Cart> carts);

// Whether the cart is this owner's.
[[nodiscard]] bool belongs_to(const store::Cart& cart, const store::Owner& owner);

}  // namespace cart::api
