#include "watch/watch.hpp"

#include "pg/observation.hpp"
#include "pg/settings.hpp"
#include "watch/counters.hpp"
#include "watch/feed.hpp"
#include "watch/log.hpp"

namespace cart::watch {

namespace {

void ended(const pg::Observation& call, int sqlstate) {
    if (is_logged(sqlstate)) {
        log(call, sqlstate);
    }
    count_call(call.operation(), sqlstate, call.nanoseconds());
}

bool wants_identities() noexcept {
    return pg::settings::log_events() != pg::settings::LogEvents::off;
}

}  // namespace

void begin() {
    pg::set_observer({.ended = ended, .wants_identities = wants_identities});
    begin_feed();
}

}  // namespace cart::watch
