// Acting as the tables' owner, as PostgreSQL's own foreign-key triggers do.
#pragma once

#include <string>

#include "pg/server.hpp"

namespace cart::pg {

// For its lifetime: the current user is `role`, SET ROLE is refused, row security does not apply
// to the owner, and search_path is pg_catalog alone as soon as something asks for it. An error on
// the way leaves the rest to the rollback of the (sub)transaction, which restores all of it.
class RunAs {
  public:
    explicit RunAs(Oid role);
    // Row security, also where it is forced on its owner: for code that is not ours.
    enum class RowSecurity : bool { as_is, not_forced };
    RunAs(Oid role, const std::string& search_path, RowSecurity row_security);
    ~RunAs();
    // Gives a setting this value for the same time.
    static void pin(const char* name, const char* value);
    // To be called before anything that looks for names: SQL, or functions that are not ours.
    // Setting search_path takes time that calls without them need not spend.
    static void pin_search_path();

    RunAs(const RunAs&) = delete;
    RunAs& operator=(const RunAs&) = delete;

  private:
    void become(Oid role, RowSecurity row_security);

    Oid saved_user_ = InvalidOid;
    int saved_context_ = 0;
    int settings_level_;
    int exceptions_;
    bool has_search_path_ = false;
    RunAs* outer_;
    static inline RunAs* innermost = nullptr;
};

}  // namespace cart::pg
