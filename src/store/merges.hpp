// The repository of cart.merges: the receipts of merges.
#pragma once

#include <optional>
#include <string_view>

#include "pg/spi.hpp"
#include "store/carts.hpp"

namespace cart::store {

struct Receipt {
    pg::Uuid source_cart_id;
    pg::Uuid target_cart_id;
    std::int64_t target_version;  // that the merge gave the target
    std::string_view strategy;
    const Jsonb* lines;  // the report
    const Jsonb* undo;   // how the target stood before: what undoes the merge
    SessionHash session;
};

namespace merges {

void record(const Owner& user, const Receipt& receipt, const Circumstances& now);

// The last merge of this session's cart into this user's.
[[nodiscard]] std::optional<Receipt> last(const Owner& user, const SessionHash& session);

// The receipt of the merge that gave the user's cart this version.
[[nodiscard]] std::optional<Receipt> made(const Owner& user, const pg::Uuid& target,
                                          std::int64_t target_version);

// The receipt of the last merge of that cart.
[[nodiscard]] std::optional<Receipt> of_source(std::string_view tenant, const pg::Uuid& source);

// The merge has been undone.
void forget(std::string_view tenant, const pg::Uuid& source);

}  // namespace merges

}  // namespace cart::store
