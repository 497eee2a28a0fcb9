#include "api/rate.hpp"

#include <string>

#include "core/error.hpp"
#include "pg/guard.hpp"
#include "pg/rate_table.hpp"
#include "store/requests.hpp"

namespace cart::api {

namespace {

void warn_of_no_memory() {
    static bool has_warned = false;
    if (!has_warned) {
        has_warned = true;
        pg::guarded([] {
            ereport(WARNING, (errmsg("cart_ext.rate_limit cannot be used"),
                              errhint("Add cart_ext to shared_preload_libraries, and restart the "
                                      "server.")));
        });
    }
}

void count(const std::string& name, const store::TenantRules& rules,
           const store::Circumstances& now) {
    const auto wait = pg::count_at_rate(name, rules.rate_limit, now.now);
    if (!wait) {
        warn_of_no_memory();
    } else if (*wait > 0) {
        constexpr std::int64_t microseconds = 1000;
        throw core::Error(core::ErrorCode::rate_limited, "too many changes within a minute",
                          core::Detail()
                              .number("limit", rules.rate_limit)
                              .number("retry_after_ms", (*wait + microseconds - 1) / microseconds),
                          "Try again after that time.");
    }
}

std::string name_of(std::string_view kind, const store::Owner& owner, std::string_view who) {
    return std::string(kind).append(1, '\0').append(owner.tenant).append(1, '\0').append(who);
}

}  // namespace

void count_change(const store::Owner& owner, const store::TenantRules& rules,
                  const store::Circumstances& now) {
    if (rules.rate_limit > 0) {
        const auto hash = store::requests::owner_hash(owner);
        count(name_of("changes", owner, {reinterpret_cast<const char*>(hash.data()), hash.size()}),
              rules, now);
    }
}

void count_new_guest(const Caller& caller, const store::TenantRules& rules,
                     const store::Circumstances& now) {
    if (rules.rate_limit > 0) {
        // Not by tenant: a guest may name any.
        count("guests of " + std::to_string(caller.role()), rules, now);
    }
}

}  // namespace cart::api
