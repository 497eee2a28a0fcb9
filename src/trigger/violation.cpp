#include "trigger/violation.hpp"

#include <exception>

#include "pg/guard.hpp"

namespace cart::trigger {

void violate(const char* message, const core::Detail& detail) {
    const std::string text = detail.str();
    const char* shown = text.c_str();
    pg::guarded([&] {
        ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION), errmsg("%s", message),
                        errdetail_internal("%s", shown)));
    });
    std::terminate();  // not reached: the error has been thrown
}

}  // namespace cart::trigger
