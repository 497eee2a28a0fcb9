// What the sweep reads and writes: over all tenants and tables, by sets.
//
// It finds carts by `sweep_from`, which is no later than the moment that counts: the last use of an
// active cart, the end of a merged or abandoned one. Only here does sweep_from move.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pg/values.hpp"
#include "store/circumstances.hpp"

namespace cart::store::sweep {

// What is searched by tenants.
enum class Kind {
    guests,    // active carts of guest sessions
    users,     // active carts of users
    ended,     // merged and abandoned carts
    links,     // that were opened or have expired
    requests,  // idempotency keys
};

struct TenantWork {
    std::string tenant;
    TimestampTz oldest;  // no row of that kind is older
};

// The tenants that have such rows: at most `most`, from that name on, in order. Takes one descent
// into an index for each, however many rows there are.
[[nodiscard]] std::vector<TenantWork> tenants(Kind kind, std::string_view from, std::int64_t most);

struct Key {
    std::string tenant;
    pg::Uuid cart;
};

// Where a search has got to: it goes on behind.
struct Place {
    TimestampTz time = DT_NOBEGIN;
    std::string tenant = {};
    pg::Uuid cart = {};
};

// Carts that have been found. Outlives the transaction.
struct Found {
    std::vector<Key> ripe;   // whose time has come
    std::vector<Key> early;  // whose time has not come, though sweep_from said so
    Place last;

    [[nodiscard]] std::int64_t size() const noexcept {
        return std::ssize(ripe) + std::ssize(early);
    }
};

// Locks at most `most` carts of a tenant whose sweep_from is not after `before`, behind that place.
// Those that somebody else has locked are left out.
[[nodiscard]] Found lock_old(Kind kind, std::string_view tenant, TimestampTz before,
                             const Place& after, std::int64_t most);

// Locks expired holds, in the same manner, of all tenants.
[[nodiscard]] Found lock_expired_holds(TimestampTz now, const Place& after, std::int64_t most);

// Finds expired checkouts, without locking them.
[[nodiscard]] Found find_expired_checkouts(TimestampTz now, const Place& after, std::int64_t most);

// These give the number of carts that were written.
std::int64_t abandon(const std::vector<Key>& carts, const Circumstances& now);
std::int64_t purge(const std::vector<Key>& carts);
// Moves sweep_from up to the moment that counts.
std::int64_t move_up(Kind kind, const std::vector<Key>& carts);

// Deletes at most `most` rows of a tenant from before that time, from that time on. Gives how many,
// and the time of the last.
struct Deleted {
    std::int64_t rows;
    TimestampTz last;
};
[[nodiscard]] Deleted delete_old(Kind kind, std::string_view tenant, TimestampTz before,
                                 TimestampTz from, std::int64_t most);

}  // namespace cart::store::sweep
