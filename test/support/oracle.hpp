// Section 2 of the contract once more: slowly, recursively, in the most literal way. What core does
// is held against this.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/value.hpp"

namespace cart::test {

// By what rules a value is compared, which depends on where it stands.
enum class Place : unsigned char { plain, id, dimensions, options, in_options };

[[nodiscard]] Place place_of(std::string_view identity_member);
[[nodiscard]] Place place_inside(Place place);

// The contract's default list.
[[nodiscard]] const std::vector<std::string>& default_match_on();

// What a value is compared by: null for nothing, else a list that begins with a kind. Throws
// BeyondOracle.
[[nodiscard]] nlohmann::json canonical(const Value& value, Place place);

// What an item is compared by.
[[nodiscard]] nlohmann::json identity(const Value& item, const std::vector<std::string>& match_on);

// A string as compared: NFC, trimmed.
[[nodiscard]] std::string compared(std::string_view text);

}  // namespace cart::test
