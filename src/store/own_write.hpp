// How the triggers know the library's own writes from those of applications.
#pragma once

#include "pg/trigger.hpp"

namespace cart::store {

// For its lifetime, the triggers take what is written as the library's own: complete, checked,
// and with the version already raised. What an application's own trigger writes meanwhile is
// written one level deeper, and is no such thing.
class OwnWrite {
  public:
    OwnWrite() : outer_level_(level) { level = pg::trigger_depth() + 1; }
    ~OwnWrite() { level = outer_level_; }
    OwnWrite(const OwnWrite&) = delete;
    OwnWrite& operator=(const OwnWrite&) = delete;

    // To be asked by a trigger.
    [[nodiscard]] static bool is_under_way() { return level == pg::trigger_depth(); }

  private:
    static inline int level = 0;
    int outer_level_;
};

}  // namespace cart::store
