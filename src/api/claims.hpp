// What a caller's gateway, or the token that it shows, says of it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/claims.hpp"

namespace cart::api {

struct Claims {
    std::optional<std::string> user;
    std::optional<std::string> tenant;
    std::optional<std::string> location;
    std::optional<std::string> till;
    core::StaffRole role = core::StaffRole::none;
    bool are_there = false;  // an empty setting: nothing is claimed
};

// The claims in the setting that cart_ext.claims_setting names. Throws Error(not_allowed) for what
// is no object, or not signed as cart_ext.claims_trust demands.
[[nodiscard]] std::shared_ptr<const Claims> verified_claims();

}  // namespace cart::api
