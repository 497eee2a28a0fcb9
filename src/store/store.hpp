// A call's way to the tables.
#pragma once

#include "pg/run_as.hpp"
#include "pg/spi.hpp"
#include "store/deferred.hpp"
#include "store/layout.hpp"
#include "store/rules.hpp"

namespace cart::store {

// For its lifetime, the repositories of this room can be used: their statements run as the
// tables' owner, whoever calls. Throws Error(not_set_up) where there are no such tables.
class Store {
  public:
    Store() : caller_(GetUserId()), run_as_(checked_layout().owner) {
        forget_rules();
        tame_deferred_triggers(caller_, layout().owner);
    }
    ~Store() { forget_rules(); }
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

  private:
    Oid caller_;
    pg::Connection connection_;
    pg::RunAs run_as_;
};

}  // namespace cart::store
