// What becomes of carts in a transaction, for those who follow them. Kept in this process, by
// transaction and subtransaction; who sends it is src/watch.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pg/values.hpp"

namespace cart::store::events {

enum class Kind : unsigned char {
    changed,
    other_status,  // active again, or at checkout: told as changed, but it ends what was before
    merged,
    held,
    ordered,
    abandoned,
};
[[nodiscard]] std::string_view name_of(Kind kind) noexcept;
// What has become of a cart that was given this status.
[[nodiscard]] Kind kind_of(std::string_view status) noexcept;

struct Event {
    Kind kind;
    std::string tenant;
    pg::Uuid cart;
    std::int64_t version;
};

// Whether anybody follows; if not, nothing is noted.
[[nodiscard]] bool are_wanted() noexcept;

// To be told where a cart's row has been written.
void note(Kind kind, std::string_view tenant, const pg::Uuid& cart, std::int64_t version);

// The carts are gone: nobody is told of them.
void withdraw(std::string_view tenant, std::span<const pg::Uuid> carts) noexcept;

// Several events, each cart once: by the last that gave it another status, else as changed, with
// its last version. In the order in which the carts were first touched.
[[nodiscard]] std::vector<Event> coalesced(std::vector<Event> events);

// Those of the current transaction, coalesced.
[[nodiscard]] std::vector<Event> of_transaction();

// The transaction has ended; the subtransaction has, well or badly.
void forget() noexcept;
void commit_subtransaction() noexcept;
void abort_subtransaction() noexcept;

}  // namespace cart::store::events
