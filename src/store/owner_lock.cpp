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

// A zero byte cannot stand in a text of PostgreSQL: it keeps the parts apart.
std::uint64_t hash_of(const Owner& owner) {
    std::string name(owner.tenant);
    name += '\0';
    if (owner.is_user()) {
        name.append("user").append(1, '\0').append(*owner.user).append(1, '\0').append(owner.till);
    } else {
        const SessionHash& session = owner.session.value();
        name.append(reinterpret_cast<const char*>(session.data()), session.size());
    }
    return hash_bytes_extended(reinterpret_cast<const unsigned char*>(name.data()),
                               static_cast<int>(name.size()), 0);
}

}  // namespace

namespace {

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

bool acquire(const Owner& owner, bool do_not_wait) {
    if (has_too_many()) {
        return true;
    }
    const std::uint64_t hash = hash_of(owner);
    constexpr unsigned half = 32;
    LOCKTAG tag;
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, static_cast<std::uint32_t>(hash >> half),
                         static_cast<std::uint32_t>(hash), lock_class);
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

void lock_owners(const Owner& a, const Owner& b) {
    const bool b_first = comes_before(b, a);
    for (const Owner* owner : {b_first ? &b : &a, b_first ? &a : &b}) {
        if (is_somebody(*owner)) {
            lock_owner(*owner);
        }
    }
}

void lock_owner(const Owner& owner) { (void)acquire(owner, false); }

bool try_lock_owner(const Owner& owner) { return acquire(owner, true); }

}  // namespace cart::store
