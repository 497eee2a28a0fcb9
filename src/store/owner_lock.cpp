#include "store/owner_lock.hpp"

#include <string>
#include <tuple>

#include "pg/guard.hpp"

extern "C" {
#include "access/xact.h"
#include "common/hashfn.h"
#include "storage/lock.h"
}

namespace cart::store {

namespace {

// Those of pg_advisory_lock() are 1 and 2: an application's own locks are never in the way.
constexpr std::uint16_t lock_class = 0xCA;

std::uint64_t hash_of(const Owner& owner) {
    const std::string name = std::string(owner.tenant).append(1, '\0').append(text_of(owner));
    return hash_bytes_extended(reinterpret_cast<const unsigned char*>(name.data()),
                               static_cast<int>(name.size()), 0);
}

// The server's table of locks is small. A transaction of more calls than that is on its own, as any
// transaction of several calls is: it may be told to try again.
bool has_too_many() {
    constexpr int most = 256;
    static TimestampTz transaction = 0;
    static int taken = 0;
    const TimestampTz current = GetCurrentTransactionStartTimestamp();
    taken = current == transaction ? taken + 1 : 1;
    transaction = current;
    return taken > most;
}

LOCKTAG tag_of(std::uint64_t hash) {
    constexpr unsigned half = 32;
    LOCKTAG tag;
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, static_cast<std::uint32_t>(hash >> half),
                         static_cast<std::uint32_t>(hash), lock_class);
    return tag;
}

bool acquire(std::uint64_t hash, bool do_not_wait) {
    const LOCKTAG tag = tag_of(hash);
    return pg::guarded([&] {
        return LockAcquire(&tag, ExclusiveLock, false, do_not_wait) != LOCKACQUIRE_NOT_AVAIL;
    });
}

bool is_somebody(const Owner& owner) { return owner.is_user() || owner.session; }

// The order in which owners are locked, as cart_reconcile_all() goes through them, too.
bool comes_before(const Owner& a, const Owner& b) {
    const auto place = [](const Owner& owner) {
        return std::tuple(!owner.is_user(), owner.user, owner.till, owner.session);
    };
    return place(a) < place(b);
}

}  // namespace

OwnerLocks lock_owners(const Owner& a, const Owner& b) {
    OwnerLocks locks;
    const bool b_first = comes_before(b, a);
    for (const Owner* owner : {b_first ? &b : &a, b_first ? &a : &b}) {
        if (is_somebody(*owner) && !has_too_many()) {
            locks.push_back(hash_of(*owner));
            (void)acquire(locks.back(), false);
        }
    }
    return locks;
}

void unlock(const OwnerLocks& locks) {
    for (const std::uint64_t hash : locks) {
        const LOCKTAG tag = tag_of(hash);
        pg::guarded([&] { LockRelease(&tag, ExclusiveLock, false); });
    }
}

void lock_owner(const Owner& owner) {
    if (!has_too_many()) {
        (void)acquire(hash_of(owner), false);
    }
}

bool try_lock_owner(const Owner& owner) { return has_too_many() || acquire(hash_of(owner), true); }

}  // namespace cart::store
