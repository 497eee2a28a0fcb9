// The repository of cart.settings: what tenants have configured.
#pragma once

#include <string_view>

#include "pg/spi.hpp"
#include "store/circumstances.hpp"

namespace cart::store::settings {

// The tenant's settings, an object; nullptr where it has none.
[[nodiscard]] const Jsonb* find(std::string_view tenant);

// The same, and locked until the transaction ends; made where there are none.
[[nodiscard]] const Jsonb* take(std::string_view tenant, const Circumstances& now);

void write(std::string_view tenant, const Jsonb* settings);

}  // namespace cart::store::settings
