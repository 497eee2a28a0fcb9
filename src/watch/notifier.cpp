#include "watch/notifier.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <string>
#include <vector>

#include "pg/attempt.hpp"
#include "pg/guard.hpp"
#include "pg/settings.hpp"
#include "pg/shared_memory.hpp"
#include "pg/transaction.hpp"
#include "pg/worker.hpp"
#include "watch/feed.hpp"
#include "watch/ring.hpp"

namespace cart::watch {

namespace {

using store::events::Event;

constexpr pg::Worker worker{.type = "cart_ext notifier", .function = "cart_ext_notifier"};

// How often the notifier looks, and how long it stays when there is nothing to see. DROP DATABASE
// waits for five seconds until everybody has left.
constexpr auto pause = std::chrono::milliseconds(20);
constexpr int stays = 2;
// A notifier that has not been heard of for so long, in seconds, has failed, or never began.
constexpr int missing_after = 5;
// The most that is told in one transaction.
constexpr std::size_t most_at_once = 1000;

// The events of one database, from its first to a while after its last.
struct Desk {
    std::atomic<Oid> database;              // or one of the two below
    std::atomic<TimestampTz> served_until;  // its notifier's word; 0: there is none
    std::atomic<std::uint64_t> expected;    // transactions that will give something
    Ring ring;
};
constexpr Oid nobodys = InvalidOid;
constexpr Oid being_left = static_cast<Oid>(-1);

struct Desks {
    std::atomic<std::uint64_t> told;
    std::atomic<std::uint64_t> lost;
    std::array<Desk, 8> all;
};

void prepare(void* /*zeroed*/) {}

const pg::SharedMemory shared("cart_ext feed", sizeof(Desks), prepare);

Desks* desks() noexcept { return static_cast<Desks*>(shared.get()); }

// Where this transaction will give its events; nullptr where it has none.
Desk* taken = nullptr;

// Takes the desk if it is this database's, and stays so: until give(), its notifier does not leave.
bool take(Desk& desk) noexcept {
    desk.expected.fetch_add(1);
    if (desk.database.load() == MyDatabaseId) {
        taken = &desk;
        return true;
    }
    desk.expected.fetch_sub(1);
    return false;
}

bool take_own() noexcept {
    return std::ranges::any_of(desks()->all, [](Desk& desk) {
        return desk.database.load() == MyDatabaseId && take(desk);
    });
}

// Two at once may take two for one database, which then has two notifiers for a while.
bool take_free() noexcept {
    return std::ranges::any_of(desks()->all, [](Desk& desk) {
        Oid found = nobodys;
        return desk.database.compare_exchange_strong(found, MyDatabaseId) && take(desk);
    });
}

TimestampTz from_now(int seconds) { return GetCurrentTimestamp() + seconds * USECS_PER_SEC; }

// Of several that try while there is no notifier, one is told to start it.
bool is_to_start(Desk& desk) {
    TimestampTz until = desk.served_until.load();
    return until < GetCurrentTimestamp() &&
           desk.served_until.compare_exchange_strong(until, from_now(missing_after));
}

void warn_once(const char* what, const char* advice) {
    static bool has_warned = false;
    if (!has_warned) {
        has_warned = true;
        pg::guarded([&] { ereport(WARNING, (errmsg("%s", what), errhint("%s", advice))); });
    }
}

void start(Desk& desk) {
    const std::string name = "cart_ext notifier for database " + std::to_string(MyDatabaseId);
    const auto number = static_cast<int>(&desk - desks()->all.data());
    if (!pg::start(worker, name.c_str(), Int32GetDatum(number))) {
        desk.served_until.store(0);
        warn_once("cart_ext finds no background worker to notify with",
                  "You might need to increase max_worker_processes.");
    }
}

}  // namespace

namespace notifier {

void expect() {
    if (desks() == nullptr) {
        warn_once("changes of carts cannot be notified later",
                  "Add cart_ext to shared_preload_libraries, and restart the server, or set "
                  "cart_ext.notify to commit.");
        return;
    }
    if ((take_own() || take_free()) && is_to_start(*taken)) {
        start(*taken);
    }
}

void give(std::span<const Event> events) noexcept {
    if (desks() == nullptr) {
        return;
    }
    for (const Event& event : events) {
        if (taken == nullptr || !taken->ring.put(event)) {
            desks()->lost.fetch_add(1, std::memory_order_relaxed);
        }
    }
    if (taken != nullptr) {
        taken->expected.fetch_sub(1);
        taken = nullptr;
    }
}

Counts counts() noexcept {
    const Desks* const all = desks();
    return all == nullptr ? Counts{} : Counts{.told = all->told.load(), .lost = all->lost.load()};
}

}  // namespace notifier

namespace {

std::vector<Event> take_some(Ring& ring) {
    std::vector<Event> events;
    while (events.size() < most_at_once) {
        auto event = ring.take();
        if (!event) {
            break;
        }
        events.push_back(*std::move(event));
    }
    return events;
}

void tell(const std::vector<Event>& events) {
    const auto failure = pg::in_transaction([&] {
        for (const Event& event : events) {
            pg::notify_at_commit(channel, payload_of(event).c_str());
        }
    });
    if (failure) {
        pg::raise(*failure);
    }
    desks()->told.fetch_add(events.size(), std::memory_order_relaxed);
}

// Gives the desk up, unless there is something to come: whoever takes it meanwhile either is seen
// here, or sees there that it is no longer this database's.
bool leave(Desk& desk) noexcept {
    desk.database.store(being_left);
    const bool may_leave = desk.expected.load() == 0 && desk.ring.is_empty();
    if (may_leave) {
        desk.served_until.store(0);
    }
    desk.database.store(may_leave ? nobodys : MyDatabaseId);
    return may_leave;
}

void serve(Desk& desk) {
    TimestampTz leaves = from_now(stays);
    for (;;) {
        desk.served_until.store(from_now(missing_after));
        const auto events = take_some(desk.ring);
        if (!events.empty()) {
            pg::show_running("cart_ext: notifying of changed carts");
            tell(store::events::coalesced(events));
            pg::show_idle();
            leaves = from_now(stays);
        } else if (leaves < GetCurrentTimestamp() && leave(desk)) {
            return;
        }
        if (events.size() < most_at_once) {
            pg::wait_for(pause);
        }
    }
}

// What a crash swallows is lost anyway.
void fix_settings() {
    pg::fix_setting("synchronous_commit", "off");
    pg::fix_setting("default_transaction_read_only", "off");
    pg::fix_setting("default_transaction_isolation", "read committed");
}

}  // namespace

}  // namespace cart::watch

using namespace cart;

CART_WORKER(cart_ext_notifier) {
    watch::Desk& desk = watch::desks()->all.at(static_cast<std::size_t>(DatumGetInt32(argument)));
    pg::connect_to(desk.database.load());
    watch::fix_settings();
    watch::serve(desk);
}
