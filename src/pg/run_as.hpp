// Acting as the tables' owner, as PostgreSQL's own foreign-key triggers do.
#pragma once

#include <string>

#include "pg/server.hpp"

namespace cart::pg {

// For its lifetime: the current user is `role`, SET ROLE is refused, row security does not apply
// to the owner, and search_path is pg_catalog alone. An error on the way leaves the rest to the
// rollback of the (sub)transaction, which restores all of it.
class RunAs {
  public:
    explicit RunAs(Oid role) : RunAs(role, "pg_catalog, pg_temp", RowSecurity::not_forced) {}
    // Row security, also where it is forced on its owner: for code that is not ours.
    enum class RowSecurity : bool { as_is, not_forced };
    RunAs(Oid role, const std::string& search_path, RowSecurity row_security);
    ~RunAs();
    // Gives a setting this value for the same time.
    static void pin(const char* name, const char* value);

    RunAs(const RunAs&) = delete;
    RunAs& operator=(const RunAs&) = delete;

  private:
    Oid saved_user_ = InvalidOid;
    int saved_context_ = 0;
    int settings_level_;
    int exceptions_;
};

}  // namespace cart::pg
