#include "watch/feed.hpp"

#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"
#include "pg/guard.hpp"
#include "pg/settings.hpp"
#include "pg/transaction.hpp"
#include "watch/notifier.hpp"

namespace cart::watch {

namespace {

using pg::settings::Notify;
using store::events::Event;

constexpr const char* prefix = "cart_ext";

// What the notifier is to be told once the transaction has committed.
std::vector<Event> announced;

void tell(const Event& event, Notify notify) {
    const std::string payload = payload_of(event);
    if (notify == Notify::at_commit) {
        pg::notify_at_commit(channel, payload.c_str());
    }
    if (pg::settings::wal_messages()) {
        pg::write_logical_message(prefix, payload.c_str(), payload.size());
    }
}

// COMMIT PREPARED runs anywhere and at any time, and knows nothing of carts.
void check_not_prepared(bool is_prepared) {
    if (is_prepared) {
        pg::raise(ERRCODE_FEATURE_NOT_SUPPORTED,
                  "cannot PREPARE a transaction that has changed carts while cart_ext.notify is "
                  "deferred",
                  {}, "Set cart_ext.notify to off in it; cart_ext.wal_messages works.");
    }
}

void before_commit(bool is_prepared) {
    const auto events = store::events::of_transaction();
    if (events.empty()) {
        return;
    }
    const Notify notify = pg::settings::notify();
    for (const Event& event : events) {
        tell(event, notify);
    }
    if (notify == Notify::deferred) {
        check_not_prepared(is_prepared);
        announced = events;
        notifier::expect();
    }
}

void committed() noexcept {
    if (!announced.empty()) {
        notifier::give(announced);
        announced.clear();
    }
    store::events::forget();
}

void aborted() noexcept {
    if (!announced.empty()) {
        notifier::give({});
        announced.clear();
    }
    store::events::forget();
}

}  // namespace

std::string payload_of(const Event& event) {
    std::string tenant;
    core::append_json_string(tenant, event.tenant);
    core::Detail payload;
    payload.text("event", store::events::name_of(event.kind))
        .document("tenant_id", tenant)
        .text("cart_id", pg::to_string(event.cart))
        .number("version", event.version);
    return payload.str();
}

void begin_feed() {
    pg::observe_transactions({.before_commit = before_commit,
                              .committed = committed,
                              .aborted = aborted,
                              .subtransaction_committed = store::events::commit_subtransaction,
                              .subtransaction_aborted = store::events::abort_subtransaction});
}

}  // namespace cart::watch
