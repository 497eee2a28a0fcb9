#include "pg/observation.hpp"

#include "pg/guard.hpp"

extern "C" {
#include "portability/instr_time.h"
}

namespace cart::pg {

namespace {

Observer observer;

std::int64_t clock_now() noexcept {
    instr_time time;
    INSTR_TIME_SET_CURRENT(time);
#if PG_VERSION_NUM >= 160000
    return static_cast<std::int64_t>(INSTR_TIME_GET_NANOSEC(time));
#else
    constexpr std::int64_t second = 1'000'000'000;
    return time.tv_sec * second + time.tv_nsec;
#endif
}

bool is_noted() noexcept {
    return observer.wants_identities != nullptr && observer.wants_identities();
}

}  // namespace

Observation::Observation(const Operation& operation) noexcept
    : operation_(operation), outer_(current_), began_(clock_now()) {
    current_ = this;
}

std::int64_t Observation::nanoseconds() const noexcept { return clock_now() - began_; }

void Observation::succeeded() const {
    if (observer.ended != nullptr) {
        observer.ended(*this, 0);
    }
}

void Observation::failed(int sqlstate) const noexcept {
    if (observer.ended == nullptr) {
        return;
    }
    try {
        observer.ended(*this, sqlstate);
    } catch (...) {  // NOLINT(bugprone-empty-catch): the call's own error is on its way
    }
}

void Observation::note_user(std::string_view user) {
    if (current_ != nullptr && is_noted()) {
        current_->user_ = user;
    }
}

void Observation::note_session(std::string_view token) {
    if (current_ != nullptr && is_noted()) {
        current_->session_ = token;
    }
}

void set_observer(const Observer& wanted) noexcept { observer = wanted; }

}  // namespace cart::pg
