// What must hold of matching and merging, whatever comes in. Each law says what is wrong, or
// nothing; property tests and fuzzers ask the same ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/merge.hpp"
#include "support/choices.hpp"
#include "support/value.hpp"

namespace cart::test {

// --- matching ---

// What became of reading an item: its key, or the error.
struct Reading {
    bool readable = false;
    core::ItemKey key;
    std::string error;  // "KC…" and the message
};
// Throws std::logic_error if the error is not one that the contract allows for an item, or its
// detail is no JSON object of a sane length. Throws MalformedJson.
[[nodiscard]] Reading read(std::string_view text, const core::MatchOn& match_on);

// Matching agrees with the oracle on two items.
[[nodiscard]] std::string agrees_with_oracle(const Value& a, const Value& b,
                                             const std::vector<std::string>& match_on);

// The product_id is read as it is compared.
[[nodiscard]] std::string reads_the_product_id(const Value& item);

// An item made by same_item() has the same key.
[[nodiscard]] std::string survives_rewriting(const Value& item,
                                             const std::vector<std::string>& match_on,
                                             Choices& choices);

// --- merging ---

// A line with the members of its item, to see which side's member counts.
struct CartLine {
    core::Line line;
    std::vector<std::pair<char, int>> members;  // sorted by name
};
using Cart = std::vector<CartLine>;

// At most `lines` lines; with few different keys, so that sides meet, or with a key at most once.
[[nodiscard]] Cart any_cart(Choices& choices, std::size_t lines, bool unique);

// The cart that results from merging, without lines that were dropped.
[[nodiscard]] Cart merged(const Cart& existing, const Cart& incoming,
                          const core::MergeRules& rules);

[[nodiscard]] bool equal(const Cart& a, const Cart& b);
[[nodiscard]] std::string show(const Cart& cart);

// Each of these is a law of the contract about merging.
[[nodiscard]] std::string is_associative(const Cart& a, const Cart& b, const Cart& c,
                                         core::Strategy strategy);
[[nodiscard]] std::string has_identity(const Cart& a, core::Strategy strategy);
[[nodiscard]] std::string conserves(const Cart& a, const Cart& b);
[[nodiscard]] std::string absorbs(const Cart& a, const Cart& b, core::Strategy strategy);
[[nodiscard]] std::string picks_its_side(const Cart& a, const Cart& b);
[[nodiscard]] std::string joins_first(const Cart& a, const Cart& b, core::Strategy strategy);
// Nothing lost, everything in order, the report true, limits kept.
[[nodiscard]] std::string reports_truly(const Cart& a, const Cart& b,
                                        const core::MergeRules& rules);
// Refusing is throwing exactly where clamping would have something to report.
[[nodiscard]] std::string refuses_what_it_would_clamp(const Cart& a, const Cart& b,
                                                      core::MergeRules rules);

// Without limits.
[[nodiscard]] core::MergeRules rules_of(core::Strategy strategy);
[[nodiscard]] core::MergeRules any_rules(Choices& choices);

inline constexpr core::Strategy strategies[] = {core::Strategy::sum, core::Strategy::max,
                                                core::Strategy::incoming, core::Strategy::existing};

}  // namespace cart::test
