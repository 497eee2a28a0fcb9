// Telling people what happened, where it is no error of a call.
#pragma once

#include <string>

#include "pg/server.hpp"

extern "C" {
#include "utils/pg_rusage.h"
}

namespace cart::pg {

// A line of the server's log.
void log(const std::string& message);

// Likewise, and to the client, where there is one. `detail` and `hint` may be empty.
void warn(int sqlstate, const std::string& message, const std::string& detail = {},
          const std::string& hint = {});

// The processor time and the time that this process uses for something.
class Usage {
  public:
    Usage() { pg_rusage_init(&begin_); }
    // "CPU: user: 0.55 s, system: 0.03 s, elapsed: 1.20 s"
    [[nodiscard]] std::string so_far() const { return pg_rusage_show(&begin_); }

  private:
    PGRUsage begin_{};
};

}  // namespace cart::pg
