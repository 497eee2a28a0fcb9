// The sweeper: one visit to one database. doc/architecture.md has its states.
#include <algorithm>
#include <chrono>
#include <span>
#include <string>

#include "pg/attempt.hpp"
#include "pg/databases.hpp"
#include "pg/guard.hpp"
#include "pg/settings.hpp"
#include "pg/worker.hpp"
#include "store/layout.hpp"
#include "store/store.hpp"
#include "worker/sweep.hpp"
#include "worker/visit.hpp"

namespace cart::worker {

namespace {

using std::chrono::steady_clock;

// Then it is another database's turn.
constexpr auto longest_visit = std::chrono::minutes(1);

// Each batch is a transaction, by the tables' owner, for as long as nobody wants the database.
class OwnTransactions final : public Ground {
  public:
    explicit OwnTransactions(Visit& visit) : visit_(visit) {}

    std::optional<pg::Failure> attempt(const std::function<void()>& batch) override {
        bool is_run = false;
        auto failure = pg::in_transaction([&] {
            if (!pg::keep_database() || !store::is_served()) {
                return;
            }
            is_run = true;
            pg::become_for_transaction(store::layout().owner);
            const store::Store store;
            batch();
        });
        if (!failure && !is_run) {
            throw EndOfPass();
        }
        return failure;
    }

    void between_batches(const char* doing, std::int64_t done) override {
        const std::string activity =
            std::string("cart_ext: ") + doing + ", " + std::to_string(done) + " done";
        pg::show_running(activity.c_str());
        pg::wait_for(std::chrono::milliseconds(pg::settings::sweep_pause()));
        if (steady_clock::now() - begin_ > longest_visit) {
            visit_.is_broken_off = true;
        }
        if (visit_.is_broken_off || pg::settings::sweep_interval() == 0) {
            throw EndOfPass();
        }
    }

    void report(const Blame& blame, const pg::Failure& failure) override {
        if (blame.cart == nullptr || is_new(blame.cart->cart)) {
            warn_of(blame, failure);
        }
    }

    [[nodiscard]] long long milliseconds() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin_)
            .count();
    }

  private:
    // Whether the cart has not been reported yet. From now on it has.
    bool is_new(const pg::Uuid& cart) {
        const std::span known(visit_.reported.data(),
                              std::min(visit_.reports, Visit::most_reported));
        if (std::ranges::find(known, cart) != known.end()) {
            return false;
        }
        visit_.reported[visit_.reports++ % Visit::most_reported] = cart;
        return true;
    }

    Visit& visit_;
    steady_clock::time_point begin_ = steady_clock::now();
};

// Settings of the database that are meant for people's sessions must not count here.
void fix_settings() {
    pg::fix_setting("search_path", "pg_catalog, pg_temp");
    pg::fix_setting("default_transaction_isolation", "read committed");
    pg::fix_setting("default_transaction_read_only", "off");
    pg::fix_setting("session_replication_role", "origin");
    pg::fix_setting("lock_timeout", lock_timeout);
    // What a crash undoes, the next pass does again.
    pg::fix_setting("synchronous_commit", "off");
}

void log(const Swept& swept, long long milliseconds) {
    const std::string database = pg::name_of_database();
    const char* name = database.c_str();
    pg::guarded([&] {
        ereport(LOG,
                (errmsg("cart_ext swept database \"%s\": %lld carts abandoned, %lld holds expired, "
                        "%lld checkouts returned, %lld carts purged, %lld requests purged, "
                        "%lld passed over, in %lld ms",
                        name, static_cast<long long>(swept.abandoned),
                        static_cast<long long>(swept.holds_expired),
                        static_cast<long long>(swept.checkouts_returned),
                        static_cast<long long>(swept.purged),
                        static_cast<long long>(swept.requests_purged),
                        static_cast<long long>(swept.failed), milliseconds)));
    });
}

void make_pass(Visit& visit) {
    OwnTransactions ground(visit);
    pg::show_running("cart_ext: looking for carts to sweep");
    const Swept swept = sweep(ground);
    visit.has_passed = true;
    if (!swept.is_nothing()) {
        log(swept, ground.milliseconds());
    }
    pg::show_idle();
}

bool is_due(const Visit& visit) {
    return visit.interval > 0 && visit.last_pass <= visit.begin - visit.interval * USECS_PER_SEC;
}

}  // namespace

}  // namespace cart::worker

using namespace cart;

CART_WORKER(cart_ext_sweeper) {
    worker::Visit* visit = worker::join_visit(argument);
    if (visit == nullptr) {
        return;
    }
    pg::connect_to(visit->database);
    worker::fix_settings();
    visit->interval = pg::settings::sweep_interval();
    if (worker::is_due(*visit)) {
        worker::make_pass(*visit);
    }
}
