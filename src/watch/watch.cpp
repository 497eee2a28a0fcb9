#include "watch/watch.hpp"

#include "pg/observation.hpp"
#include "watch/counters.hpp"

namespace cart::watch {

namespace {

void ended(const pg::Observation& call, int sqlstate) {
    count_call(call.operation(), sqlstate, call.nanoseconds());
}

}  // namespace

void begin() { pg::set_observer({.ended = ended}); }

}  // namespace cart::watch
