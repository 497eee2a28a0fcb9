#include "trigger/violation.hpp"

#include "pg/guard.hpp"

namespace cart::trigger {

void violate(const char* message, const core::Detail& detail) {
    pg::raise(ERRCODE_CHECK_VIOLATION, message, detail.str());
}

}  // namespace cart::trigger
