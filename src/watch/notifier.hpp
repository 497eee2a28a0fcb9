// The notifier: a process that tells those who listen what committed transactions did, off the path
// of their commits. It lives while a database has something to tell, and two seconds longer.
// doc/architecture.md has its states.
#pragma once

#include <span>

#include "store/events.hpp"

namespace cart::watch::notifier {

// The transaction will have something to tell: sees to it that somebody is there to pass it on.
// Each is followed by one give().
void expect();

// The transaction has ended, with these events; never waits.
void give(std::span<const store::events::Event> events) noexcept;

// How many events have been passed on, and how many found no room.
struct Counts {
    std::uint64_t told;
    std::uint64_t lost;
};
[[nodiscard]] Counts counts() noexcept;

}  // namespace cart::watch::notifier
