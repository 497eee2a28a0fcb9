// The sweeper: one visit to one database. doc/architecture.md has its states.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "pg/attempt.hpp"
#include "pg/databases.hpp"
#include "pg/report.hpp"
#include "pg/segment.hpp"
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
        if (is_new(blame.cart == nullptr ? stand_in_for(blame.tenant) : blame.cart->cart)) {
            warn_of(blame, failure);
        }
    }

  private:
    // Stands for a tenant among the carts that have been reported. The server's SHA-256 would need
    // a transaction, and the one that failed is over.
    static pg::Uuid stand_in_for(std::string_view tenant) {
        const std::size_t hash = std::hash<std::string_view>{}(tenant);
        pg::Uuid id{};
        std::memcpy(id.data(), &hash, sizeof hash);
        return id;
    }

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

void log(const Swept& swept, const pg::Usage& usage) {
    const auto count = [](std::int64_t number, const char* what) {
        return std::to_string(number) + what;
    };
    pg::log("cart_ext swept database \"" + pg::name_of_database() +
            "\": " + count(swept.abandoned, " carts abandoned, ") +
            count(swept.holds_expired, " holds expired, ") +
            count(swept.checkouts_returned, " checkouts returned, ") +
            count(swept.purged, " carts purged, ") +
            count(swept.requests_purged, " requests purged, ") +
            count(swept.failed, " passed over; ") + usage.so_far());
}

void make_pass(Visit& visit) {
    const pg::Usage usage;
    OwnTransactions ground(visit);
    pg::show_running("cart_ext: looking for carts to sweep");
    const Swept swept = sweep(ground);
    visit.has_passed = true;
    if (!swept.is_nothing()) {
        log(swept, usage);
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
    auto* visit = static_cast<worker::Visit*>(pg::join_segment(argument));
    if (visit == nullptr) {
        return;  // the launcher has gone
    }
    pg::connect_to(visit->database);
    worker::fix_settings();
    pg::give_way();
    visit->interval = pg::settings::sweep_interval();
    if (worker::is_due(*visit)) {
        worker::make_pass(*visit);
    }
}
