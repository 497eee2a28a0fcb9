#include "pg/run_as.hpp"

#include <exception>

#include "pg/guard.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace cart::pg {

RunAs::RunAs(Oid role)
    : settings_level_(NewGUCNestLevel()),
      exceptions_(std::uncaught_exceptions()),
      outer_(innermost) {
    become(role, RowSecurity::not_forced);
    innermost = this;
}

RunAs::RunAs(Oid role, const std::string& search_path, RowSecurity row_security)
    : settings_level_(NewGUCNestLevel()),
      exceptions_(std::uncaught_exceptions()),
      has_search_path_(true),
      outer_(innermost) {
    pin("search_path", search_path.c_str());
    become(role, row_security);
    innermost = this;
}

void RunAs::become(Oid role, RowSecurity row_security) {
    GetUserIdAndSecContext(&saved_user_, &saved_context_);
    const int context = saved_context_ & ~SECURITY_NOFORCE_RLS;
    SetUserIdAndSecContext(
        role, context | SECURITY_LOCAL_USERID_CHANGE |
                  (row_security == RowSecurity::not_forced ? SECURITY_NOFORCE_RLS : 0));
}

void RunAs::pin_search_path() {
    if (innermost != nullptr && !innermost->has_search_path_) {
        pin("search_path", "pg_catalog, pg_temp");
        innermost->has_search_path_ = true;
    }
}

void RunAs::pin(const char* name, const char* value) {
    guarded([&] {
        set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    });
}

RunAs::~RunAs() {
    innermost = outer_;
    SetUserIdAndSecContext(saved_user_, saved_context_);
    if (std::uncaught_exceptions() == exceptions_) {
        AtEOXact_GUC(true, settings_level_);
    }
}

}  // namespace cart::pg
