// One pass over the carts of a database: what the background worker and cart_sweep() share.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "pg/attempt.hpp"
#include "store/sweep.hpp"

namespace cart::worker {

// How many carts a pass has dealt with, by what it did to them.
struct Swept {
    std::int64_t abandoned = 0;
    std::int64_t holds_expired = 0;
    std::int64_t checkouts_returned = 0;
    std::int64_t purged = 0;
    std::int64_t requests_purged = 0;
    std::int64_t failed = 0;  // passed over

    [[nodiscard]] bool is_nothing() const noexcept {
        return abandoned + holds_expired + checkouts_returned + purged + requests_purged + failed ==
               0;
    }
};

// A row, or where there is none a tenant, that is passed over.
struct Blame {
    std::string_view tenant;
    const store::sweep::Key* cart = nullptr;
};

// What a pass stands on: how its batches are run, and what is between them.
class Ground {
  public:
    Ground() = default;
    virtual ~Ground() = default;
    Ground(const Ground&) = delete;
    Ground& operator=(const Ground&) = delete;

    // Runs a batch so that it leaves nothing behind if it throws, and says why it did. Throws
    // EndOfPass.
    [[nodiscard]] virtual std::optional<pg::Failure> attempt(
        const std::function<void()>& batch) = 0;
    // After a batch. `doing`: "abandoning carts". Throws EndOfPass.
    virtual void between_batches(const char* doing, std::int64_t done) = 0;
    virtual void report(const Blame& blame, const pg::Failure& failure) = 0;
};

// A pass is to end before it has seen everything. Thrown outside of batches.
struct EndOfPass {};

// Makes a pass, and deals with `limit` carts at most.
[[nodiscard]] Swept sweep(Ground& ground, std::optional<std::int64_t> limit = {});

// A batch waits no longer for a lock. Less than deadlock_timeout: where the sweep and a call are in
// each other's way, the sweep gives up.
inline constexpr const char* lock_timeout = "500ms";

// Warns of what is passed over.
void warn_of(const Blame& blame, const pg::Failure& failure);

}  // namespace cart::worker
