// How a rule says no: like a CHECK constraint.
#pragma once

#include "core/error.hpp"

namespace cart::trigger {

// Raises 23514, check_violation, with the detail.
[[noreturn]] void violate(const char* message, const core::Detail& detail);

}  // namespace cart::trigger
