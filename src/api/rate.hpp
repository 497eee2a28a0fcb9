// Limits on how often carts change: cart_ext.rate_limit, and the tenant's setting of that name.
#pragma once

#include "api/caller.hpp"
#include "store/carts.hpp"
#include "store/rules.hpp"

namespace cart::api {

// Counts a change of that owner. Throws Error(rate_limited) for one too many in a minute.
void count_change(const store::Owner& owner, const store::TenantRules& rules,
                  const store::Circumstances& now);

// Counts a guest cart that the role makes. Likewise.
void count_new_guest(const Caller& caller, const store::TenantRules& rules,
                     const store::Circumstances& now);

}  // namespace cart::api
