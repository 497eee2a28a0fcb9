#include "pg/connection_options.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "pg/server.hpp"

extern "C" {
#include "access/xact.h"
#include "utils/acl.h"
#include "utils/guc_tables.h"
}

namespace cart::pg {

namespace {

// Those that anybody may set.
constexpr auto of_users = std::to_array<std::string_view>({
    "cart_ext.user_id",
    "cart_ext.session_token",
    "cart_ext.tenant_id",
    "cart_ext.location_id",
    "cart_ext.till_id",
    "cart_ext.actor_id",
    "cart_ext.request_id",
    "cart_ext.return_cart",
    "cart_ext.loading",
});

std::span<config_generic* const> all_settings() {
#if PG_VERSION_NUM >= 160000
    int count = 0;
    config_generic** first = get_guc_variables(&count);
#else
    config_generic** first = get_guc_variables();
    const int count = GetNumConfigOptions();
#endif
    return {first, static_cast<std::size_t>(count)};
}

// By GRANT SET ON PARAMETER. Before a transaction the server cannot say.
bool is_allowed(const config_generic& setting) {
    return IsTransactionState() &&
           pg_parameter_aclcheck(setting.name, setting.reset_srole, ACL_SET) == ACLCHECK_OK;
}

bool is_usurped(const config_generic& setting) {
    return (setting.flags & GUC_CUSTOM_PLACEHOLDER) != 0 &&
           std::string_view(setting.name).starts_with("cart_ext.") &&
           setting.reset_source == PGC_S_CLIENT &&
           (setting.reset_scontext == PGC_BACKEND || setting.reset_scontext == PGC_USERSET) &&
           std::ranges::find(of_users, setting.name) == of_users.end() && !is_allowed(setting);
}

}  // namespace

void refuse_connection_options() {
    for (const config_generic* setting : all_settings()) {
        if (is_usurped(*setting)) {
            ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                            errmsg("permission denied to set parameter \"%s\"", setting->name),
                            errhint("Leave it out of the options of the connection.")));
        }
    }
}

}  // namespace cart::pg
