// The process that starts a sweeper for each database when that is due.
#pragma once

namespace cart::worker {

// Registers it with a server that is starting. Elsewhere there is nothing to register.
void register_launcher();

}  // namespace cart::worker
