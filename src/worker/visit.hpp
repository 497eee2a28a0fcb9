// What launcher and sweeper tell each other of one visit to a database: a segment of shared memory
// that the launcher makes, and that lives as long as the launcher.
#pragma once

#include <array>
#include <cstddef>

#include "pg/values.hpp"

namespace cart::worker {

struct Visit {
    // Said by the launcher.
    Oid database;
    TimestampTz begin;
    TimestampTz last_pass;  // when the last one began that it knows of

    // Answered by the sweeper; nothing, if it fails.
    int interval;        // of the database, in seconds; 0: off, or not known
    bool has_passed;     // it made a pass
    bool is_broken_off;  // and the pass has not seen everything

    // The carts that passes have reported as failing: not to be reported again. The oldest make
    // place for the newest.
    static constexpr std::size_t most_reported = 256;
    std::array<pg::Uuid, most_reported> reported;
    std::size_t reports;  // how many there have been
};

}  // namespace cart::worker
