#include "pg/rate_table.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "core/rate.hpp"
#include "pg/shared_memory.hpp"

extern "C" {
#include "common/hashfn.h"
#include "port.h"
#include "storage/spin.h"
}

namespace cart::pg {

namespace {

struct Slot {
    std::uint64_t name;  // its hash
    std::int64_t expected;
};

// Names are looked for in one set alone, under its lock.
struct Set {
    slock_t lock;
    std::array<Slot, 8> slots;
};

struct Table {
    std::uint64_t seed;  // so that nobody can choose names that push each other out
    std::array<Set, 8192> sets;
};

void prepare(void* memory) {
    auto* table = static_cast<Table*>(memory);
    if (!pg_strong_random(&table->seed, sizeof table->seed)) {
        table->seed = static_cast<std::uint64_t>(MyProcPid);
    }
    for (Set& set : table->sets) {
        SpinLockInit(&set.lock);
    }
}

const SharedMemory shared("cart_ext rate limits", sizeof(Table), prepare);

std::uint64_t hash_of(std::string_view name, std::uint64_t seed) {
    std::string full(reinterpret_cast<const char*>(&MyDatabaseId), sizeof MyDatabaseId);
    full += name;
    return hash_bytes_extended(reinterpret_cast<const unsigned char*>(full.data()),
                               static_cast<int>(full.size()), seed);
}

// Under the set's lock: nothing here allocates, waits or fails.
std::int64_t count(Set& set, std::uint64_t name, int a_minute, std::int64_t now) noexcept {
    auto* slot = std::ranges::find(set.slots, name, &Slot::name);
    if (slot == set.slots.end()) {
        slot = std::ranges::min_element(set.slots, {}, &Slot::expected);
        *slot = {.name = name, .expected = 0};
    }
    const core::RateDecision decision = core::decide_rate(slot->expected, now, a_minute);
    if (decision.retry_after == 0) {
        slot->expected = decision.expected;
    }
    return decision.retry_after;
}

}  // namespace

std::optional<std::int64_t> count_at_rate(std::string_view name, int a_minute, TimestampTz now) {
    auto* table = static_cast<Table*>(shared.get());
    if (table == nullptr) {
        return std::nullopt;
    }
    const std::uint64_t hash = hash_of(name, table->seed);
    Set& set = table->sets.at(hash % table->sets.size());
    SpinLockAcquire(&set.lock);
    const std::int64_t wait = count(set, hash, a_minute, now);
    SpinLockRelease(&set.lock);
    return wait;
}

}  // namespace cart::pg
