// What a call writes beside the cart's own data: where, by whom, when.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "pg/values.hpp"

namespace cart::store {

struct Circumstances {
    std::optional<std::string_view> location;
    std::optional<std::string_view> actor;
    TimestampTz now;
    std::optional<std::string_view> currency = {};  // of carts that are made
};

// From the settings cart_ext.location_id and cart_ext.actor_id, and the clock.
[[nodiscard]] Circumstances circumstances();

// `value`, or Error(invalid_parameter) if it has more than `limit` bytes.
[[nodiscard]] std::string_view checked_length(std::string_view name, std::string_view value,
                                              std::size_t limit);

// The same for identifiers of users, tenants, tills and the like. They stand in indexes, whose
// rows have at most 2,704 bytes; three of them fit.
inline constexpr std::size_t max_identifier = 512;
[[nodiscard]] std::string_view identifier(std::string_view name, std::string_view value);

}  // namespace cart::store
