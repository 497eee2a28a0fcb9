#include "worker/sweep.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include "api/recover.hpp"
#include "core/error.hpp"
#include "pg/memory.hpp"
#include "pg/report.hpp"
#include "pg/settings.hpp"
#include "pg/spi.hpp"
#include "store/rules.hpp"
#include "watch/counters.hpp"

namespace cart::worker {

namespace {

using std::chrono::steady_clock;
using store::sweep::Found;
using store::sweep::Key;
using store::sweep::Kind;
using store::sweep::Place;
using store::sweep::TenantWork;

// Batches begin so small, since rows may be heavy: a cart with a thousand lines, a slow trigger.
constexpr std::int64_t first_batch = 100;
// One that took longer makes the next smaller.
constexpr auto long_batch = std::chrono::milliseconds(250);
// Tenants that are looked at in one transaction.
constexpr std::int64_t tenants_at_once = 1000;

// Somebody has it locked: not the row's fault.
bool is_busy(const pg::Failure& failure) {
    return failure.sqlstate == ERRCODE_LOCK_NOT_AVAILABLE ||
           failure.sqlstate == ERRCODE_T_R_DEADLOCK_DETECTED;
}

// Nor is this anybody's row's fault, and passing over rows would not help.
bool ends_the_pass(const pg::Failure& failure) {
    switch (ERRCODE_TO_CATEGORY(failure.sqlstate)) {
        case MAKE_SQLSTATE('2', '5', '0', '0', '0'):  // the transaction's state: read only
        case MAKE_SQLSTATE('5', '3', '0', '0', '0'):  // memory, disk
        case MAKE_SQLSTATE('5', '7', '0', '0', '0'):  // cancelled, shutting down
        case MAKE_SQLSTATE('5', '8', '0', '0', '0'):  // the system
            return true;
        default:
            return failure.sqlstate == ERRCODE_T_R_SERIALIZATION_FAILURE ||
                   failure.sqlstate == MAKE_SQLSTATE('K', 'C', '0', '1', '2');
    }
}

// The number of rows of the next batch.
class BatchSize {
  public:
    [[nodiscard]] std::int64_t rows() const {
        return std::min<std::int64_t>(rows_, pg::settings::sweep_batch());
    }
    void begin() { begin_ = steady_clock::now(); }
    void succeeded() {
        rows_ = steady_clock::now() - begin_ > long_batch ? std::max<std::int64_t>(rows() / 2, 1)
                                                          : rows() * 2;
    }
    // Down to one row, which then is the one that fails.
    void failed(std::int64_t rows) { rows_ = std::max<std::int64_t>(rows / 2, 1); }

  private:
    std::int64_t rows_ = first_batch;
    steady_clock::time_point begin_;
};

// A tenant some of whose rows are older than that.
struct DueTenant {
    std::string name;
    TimestampTz before;
};

class Pass {
  public:
    Pass(Ground& ground, std::optional<std::int64_t> limit)
        : ground_(ground), left_(limit.value_or(std::numeric_limits<std::int64_t>::max())) {}

    void run() {
        return_checkouts();  // first: it waits for locks, and nothing is locked yet
        abandon(Kind::guests, &store::TenantRules::abandon_guest_after);
        abandon(Kind::users, &store::TenantRules::abandon_user_after);
        expire_holds();
        purge();
        delete_old(Kind::links, &store::TenantRules::purge_after, nullptr);
        delete_old(Kind::requests, &store::TenantRules::idempotency_ttl, &swept_.requests_purged);
    }

    [[nodiscard]] const Swept& swept() const noexcept { return swept_; }

  private:
    using Rule = std::int64_t store::TenantRules::*;
    using Find = std::function<Found(const Place& after, std::int64_t most)>;
    using Deal = std::function<std::int64_t(const Found& found)>;

    void return_checkouts() {
        Place place;
        for (bool is_more = true; is_more && left_ > 0;) {
            Found found;
            const std::int64_t most = std::min<std::int64_t>(first_batch, left_);
            if (!attempt({}, [&] {
                    found = store::sweep::find_expired_checkouts(pg::now(), place, most);
                })) {
                return;
            }
            for (const Key& key : found.ripe) {
                return_checkout(key);
            }
            is_more = std::ssize(found.ripe) == most;
            place = found.last;
        }
    }

    // In a transaction of its own: it takes more locks than that of the draft.
    void return_checkout(const Key& key) {
        bool is_returned = false;
        if (attempt({.tenant = key.tenant, .cart = &key}, [&] {
                is_returned =
                    api::return_expired_checkout(key.tenant, key.cart, store::circumstances());
            })) {
            count(swept_.checkouts_returned, is_returned ? 1 : 0);
        }
        ground_.between_batches("returning expired checkouts", swept_.checkouts_returned);
    }

    void abandon(Kind kind, Rule rule) {
        for_tenants(kind, rule, [&](std::string_view tenant, TimestampTz before) {
            in_batches(
                tenant, "abandoning carts", swept_.abandoned,
                [&](const Place& after, std::int64_t most) {
                    return store::sweep::lock_old(kind, tenant, before, after, most);
                },
                [&](const Found& found) {
                    store::sweep::move_up(kind, found.early);
                    return store::sweep::abandon(found.ripe, store::circumstances());
                });
        });
    }

    void expire_holds() {
        in_batches(
            {}, "abandoning expired holds", swept_.holds_expired,
            [](const Place& after, std::int64_t most) {
                return store::sweep::lock_expired_holds(pg::now(), after, most);
            },
            [](const Found& found) {
                return store::sweep::abandon(found.ripe, store::circumstances());
            });
    }

    void purge() {
        for_tenants(Kind::ended, &store::TenantRules::purge_after,
                    [&](std::string_view tenant, TimestampTz before) {
                        in_batches(
                            tenant, "deleting carts", swept_.purged,
                            [&](const Place& after, std::int64_t most) {
                                return store::sweep::lock_old(Kind::ended, tenant, before, after,
                                                              most);
                            },
                            [](const Found& found) {
                                store::sweep::move_up(Kind::ended, found.early);
                                return store::sweep::purge(found.ripe);
                            });
                    });
    }

    void delete_old(Kind kind, Rule rule, std::int64_t* counter) {
        for_tenants(kind, rule, [&](std::string_view tenant, TimestampTz before) {
            delete_old_of(kind, tenant, before, counter);
        });
    }

    void delete_old_of(Kind kind, std::string_view tenant, TimestampTz before,
                       std::int64_t* counter) {
        BatchSize size;
        store::sweep::Deleted deleted{.rows = 0, .last = DT_NOBEGIN};
        std::int64_t most = 0;
        do {
            most = size.rows();
            size.begin();
            if (!attempt({.tenant = tenant}, [&] {
                    deleted = store::sweep::delete_old(kind, tenant, before, deleted.last, most);
                })) {
                return;
            }
            size.succeeded();
            if (counter != nullptr) {
                *counter += deleted.rows;
            }
            ground_.between_batches("deleting what is out of date", deleted.rows);
        } while (deleted.rows == most);
    }

    // For each tenant that has rows of that kind older than its rule says.
    void for_tenants(Kind kind, Rule rule,
                     const std::function<void(std::string_view, TimestampTz)>& work) {
        std::string from;
        for (bool is_more = true; is_more && left_ > 0;) {
            std::vector<DueTenant> due;
            if (!attempt({}, [&] {
                    const auto tenants = store::sweep::tenants(kind, from, tenants_at_once);
                    due = those_due(tenants, rule);
                    is_more = std::ssize(tenants) == tenants_at_once;
                    if (is_more) {
                        from = tenants.back().tenant + '\x01';  // no name is between the two
                    }
                })) {
                return;
            }
            for (const DueTenant& tenant : due) {
                if (left_ > 0) {
                    work(tenant.name, tenant.before);
                }
            }
        }
    }

    std::vector<DueTenant> those_due(const std::vector<TenantWork>& tenants, Rule rule) {
        std::vector<DueTenant> due;
        for (const TenantWork& tenant : tenants) {
            const auto before = limit_of(tenant.tenant, rule);
            if (before && tenant.oldest <= *before) {
                due.push_back({.name = tenant.tenant, .before = *before});
            }
        }
        return due;
    }

    // What is older has had its time; nothing: never.
    std::optional<TimestampTz> limit_of(std::string_view tenant, Rule rule) {
        pg::ContextResource memory(CurrentMemoryContext);
        try {
            const std::int64_t seconds = (*store::rules_of(tenant, &memory)).*rule;
            return seconds == 0 ? std::nullopt : std::optional(pg::now() - seconds * USECS_PER_SEC);
        } catch (const core::Error& error) {  // settings that were written past cart_configure()
            pass_over({.tenant = tenant},
                      {.sqlstate = ERRCODE_INVALID_PARAMETER_VALUE, .message = error.message()});
            return std::nullopt;
        }
    }

    // Finds rows and deals with them, batch after batch, until there are no more.
    void in_batches(std::string_view tenant, const char* doing, std::int64_t& counter,
                    const Find& find, const Deal& deal) {
        BatchSize size;
        Place place;
        while (left_ > 0) {
            Found found;
            std::int64_t dealt = 0;
            const std::int64_t most = std::min(size.rows(), left_);
            size.begin();
            const auto failure = ground_.attempt([&] {
                const pg::Connection round;
                found = find(place, most);
                dealt = deal(found);
            });
            if (!failure) {
                count(counter, dealt);
                size.succeeded();
            } else if (found.size() > 1) {
                check_goes_on(*failure);
                size.failed(found.size());
                continue;
            } else {
                check_goes_on(*failure);
                pass_over(blame(tenant, found), *failure);
            }
            ground_.between_batches(doing, counter);
            if (found.size() < most) {
                return;
            }
            place = found.last;
        }
    }

    static Blame blame(std::string_view tenant, const Found& found) {
        const auto& rows = found.ripe.empty() ? found.early : found.ripe;
        return rows.empty() ? Blame{.tenant = tenant}
                            : Blame{.tenant = rows.front().tenant, .cart = &rows.front()};
    }

    // True: it was done. False: it was passed over.
    bool attempt(const Blame& blame, const std::function<void()>& work) {
        const auto failure = ground_.attempt([&] {
            const pg::Connection round;  // frees what the work has used
            work();
        });
        if (failure) {
            check_goes_on(*failure);
            pass_over(blame, *failure);
        }
        return !failure;
    }

    static void check_goes_on(const pg::Failure& failure) {
        if (ends_the_pass(failure)) {
            pg::raise(failure);
        }
    }

    void pass_over(const Blame& blame, const pg::Failure& failure) {
        if (!is_busy(failure)) {
            ++swept_.failed;
            ground_.report(blame, failure);
        } else if (blame.cart == nullptr) {
            throw EndOfPass();  // the table itself: the next pass will see
        }
    }

    void count(std::int64_t& counter, std::int64_t dealt) {
        counter += dealt;
        left_ -= dealt;
    }

    Ground& ground_;
    std::int64_t left_;
    Swept swept_;
};

// Counts what a pass did, for whoever watches.
void tell(const Swept& swept) {
    using watch::Tally;
    watch::add(Tally::swept_abandoned, swept.abandoned);
    watch::add(Tally::swept_holds_expired, swept.holds_expired);
    watch::add(Tally::swept_checkouts_returned, swept.checkouts_returned);
    watch::add(Tally::swept_purged, swept.purged);
    watch::add(Tally::swept_requests_purged, swept.requests_purged);
    watch::add(Tally::swept_passed_over, swept.failed);
}

}  // namespace

Swept sweep(Ground& ground, std::optional<std::int64_t> limit) {
    const TimestampTz begin = GetCurrentTimestamp();
    Pass pass(ground, limit);
    try {
        pass.run();
        watch::note_sweep(begin);
    } catch (const EndOfPass&) {
        // What is left is the next pass's.
    }
    tell(pass.swept());
    return pass.swept();
}

void warn_of(const Blame& blame, const pg::Failure& failure) {
    core::Detail detail;
    detail.text("tenant_id", blame.tenant);
    if (blame.cart != nullptr) {
        detail.text("cart_id", pg::to_string(blame.cart->cart));
    }
    pg::warn(failure.sqlstate, "the sweep passes over what fails: " + failure.message,
             detail.str());
}

}  // namespace cart::worker
