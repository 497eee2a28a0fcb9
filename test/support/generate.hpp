// Items for property tests and fuzzers: any item, another notation of the same item, and items that
// are nearly the same.
#pragma once

#include <string>
#include <vector>

#include "support/choices.hpp"
#include "support/oracle.hpp"
#include "support/value.hpp"

namespace cart::test {

// A value of at most this depth, out of a small stock, so that two of them are often equal.
[[nodiscard]] Value any_value(Choices& choices, std::size_t depth);

// An item that core accepts, whatever its identity members.
[[nodiscard]] Value any_item(Choices& choices);

// The default list or, sometimes, another.
[[nodiscard]] std::vector<std::string> any_match_on(Choices& choices);

// A value that is compared as equal at that place, by the contract's rules.
[[nodiscard]] Value rewritten(const Value& value, Place place, Choices& choices);

// An item that is the same line: identity members rewritten, all others changed at will.
[[nodiscard]] Value same_item(const Value& item, const std::vector<std::string>& match_on,
                              Choices& choices);

// An item with a few changes that may or may not make it another one: parts replaced, added, taken
// away, or rewritten by the rules of another place.
[[nodiscard]] Value near_item(const Value& item, Choices& choices);

}  // namespace cart::test
