// JSON that comes as text, from settings and tokens.
#pragma once

#include <string_view>

#include "pg/server.hpp"

extern "C" {
#include "utils/jsonb.h"
}

namespace cart::pg {

// The text as jsonb, in the current memory context; nullptr where an object names a member twice
// (whoever wrote or checked the text may have read another of the two), for what is nested too
// deeply, and for what is no UTF-8. Raises 22P02 for what is no JSON, 54001 where its depth is too
// much for the server, too.
[[nodiscard]] const Jsonb* unambiguous_jsonb(std::string_view text);

}  // namespace cart::pg
