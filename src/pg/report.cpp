#include "pg/report.hpp"

#include "pg/guard.hpp"

namespace cart::pg {

void log(const std::string& message) {
    const char* text = message.c_str();
    guarded([&] { ereport(LOG, (errmsg_internal("%s", text))); });
}

void warn(int sqlstate, const std::string& message, const std::string& detail,
          const std::string& hint) {
    const char* text = message.c_str();
    const char* more = detail.empty() ? nullptr : detail.c_str();
    const char* advice = hint.empty() ? nullptr : hint.c_str();
    guarded([&] {
        ereport(WARNING, (errcode(sqlstate), errmsg_internal("%s", text),
                          more != nullptr ? errdetail_internal("%s", more) : 0,
                          advice != nullptr ? errhint("%s", advice) : 0));
    });
}

}  // namespace cart::pg
