// A call's way to the tables.
#pragma once

#include "pg/run_as.hpp"
#include "pg/spi.hpp"
#include "store/layout.hpp"
#include "store/rules.hpp"

namespace cart::store {

// For its lifetime, the repositories of this room can be used: their statements run as the
// tables' owner, whoever calls. Throws Error(not_set_up) where there are no such tables.
class Store {
  public:
    Store() : run_as_(checked_layout().owner) { forget_rules(); }
    ~Store() { forget_rules(); }
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

  private:
    pg::Connection connection_;
    pg::RunAs run_as_;
};

}  // namespace cart::store
