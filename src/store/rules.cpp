#include "store/rules.hpp"

#include "pg/settings.hpp"

namespace cart::store {

TenantRules rules_of(std::string_view /*tenant*/) {
    return {.match_on = core::MatchOn(),
            .strategy = core::Strategy::sum,
            .limits = pg::settings::limits()};
}

}  // namespace cart::store
