// The databases of the server.
#pragma once

#include <string>
#include <vector>

#include "pg/server.hpp"

namespace cart::pg {

// Those that can be connected to and are no templates. For a background worker that is connected to
// none.
[[nodiscard]] std::vector<Oid> databases_to_serve();

// The name of this process's own.
[[nodiscard]] std::string name_of_database();

}  // namespace cart::pg
