// One JSON object for each call, in the server's log.
#pragma once

#include "pg/observation.hpp"

namespace cart::watch {

// Whether calls are logged that end so: 0 is success.
[[nodiscard]] bool is_logged(int sqlstate) noexcept;

// Writes the call. Identities stand in it only as their HMAC, and not at all where there is no key.
void log(const pg::Observation& call, int sqlstate);

}  // namespace cart::watch
