// Who calls: the owner of the cart that is meant, and the circumstances that are recorded.
#pragma once

#include <optional>
#include <string_view>

#include "pg/function.hpp"
#include "store/carts.hpp"

namespace cart::api {

// A session token as the tables know it. Throws Error(invalid_parameter) for one that is too long.
[[nodiscard]] store::SessionHash hash_of_token(std::string_view token);

// The owner that a call's parameters …who mean; they begin at `first`: user_id, session_token,
// tenant_id. Where neither user nor session is passed, both come from the settings. Throws
// Error(owner_missing) where there is no owner at all.
[[nodiscard]] store::Owner owner_of(const pg::Call& call, int first);

// The same, where no owner is needed because the call names a cart.
[[nodiscard]] std::string_view tenant_of(const pg::Call& call, int place);
// For calls that pass none.
[[nodiscard]] std::string_view current_tenant();

// The two owners of a login: each is filled from the settings on its own.
struct Login {
    store::Owner user;
    store::Owner guest;
};
[[nodiscard]] Login login_of(const pg::Call& call, int user, int session, int tenant);

}  // namespace cart::api
