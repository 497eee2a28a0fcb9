// Matching is an equivalence relation, and the one that the contract describes: on more than
// 100,000 generated pairs.
#include <map>

#include "property/check.hpp"
#include "support/generate.hpp"
#include "support/laws.hpp"
#include "support/oracle.hpp"

namespace cart::test {
namespace {

bool match(const Value& a, const Value& b, const std::vector<std::string>& names) {
    return matches(to_json(a), to_json(b), match_on(names));
}

std::string shown(const std::vector<Value>& items) {
    std::string out;
    for (const Value& item : items) {
        out += "\n" + to_json(item);
    }
    return out;
}

// The third of three items is made from the others, so that all cases of transitivity come up.
TEST(Matching, IsAnEquivalence) {
    std::map<int, int> seen;
    check(10'000, 500, [&](Choices& choices) -> std::string {
        const auto names = any_match_on(choices);
        const Value a = any_item(choices);
        const auto another = [&](const Value& item) {
            return choices.below(3) > 0 ? near_item(item, choices)
                                        : same_item(item, names, choices);
        };
        const Value b = another(a);
        const Value c = another(b);
        const bool ab = match(a, b, names);
        const bool bc = match(b, c, names);
        const bool ac = match(a, c, names);
        ++seen[int{ab} + int{bc} + int{ac}];
        if (!match(a, a, names) || !match(b, b, names) || !match(c, c, names)) {
            return "not reflexive:" + shown({a, b, c});
        }
        if (ab != match(b, a, names) || bc != match(c, b, names) || ac != match(c, a, names)) {
            return "not symmetric:" + shown({a, b, c});
        }
        return int{ab} + int{bc} + int{ac} == 2 ? "not transitive:" + shown({a, b, c}) : "";
    });
    // Neither all equal nor all different: the cases mean something.
    EXPECT_GT(seen[0], 300 / cases_divisor);
    EXPECT_GT(seen[1], 300 / cases_divisor);
    EXPECT_GT(seen[3], 300 / cases_divisor);
}

TEST(Matching, SurvivesOtherNotations) {
    check(30'000, 400, [](Choices& choices) {
        const auto names = any_match_on(choices);
        return survives_rewriting(any_item(choices), names, choices);
    });
}

TEST(Matching, AgreesWithTheOracleOnNearItems) {
    int equal = 0;
    int different = 0;
    check(40'000, 400, [&](Choices& choices) {
        const auto names = any_match_on(choices);
        const Value a = any_item(choices);
        const Value b = near_item(a, choices);
        ++(identity(a, names) == identity(b, names) ? equal : different);
        return agrees_with_oracle(a, b, names);
    });
    EXPECT_GT(equal, 2'000 / cases_divisor);
    EXPECT_GT(different, 2'000 / cases_divisor);
}

TEST(Matching, AgreesWithTheOracleOnAnyItems) {
    check(20'000, 500, [](Choices& choices) {
        const auto names = any_match_on(choices);
        const Value a = any_item(choices);
        return agrees_with_oracle(a, any_item(choices), names);
    });
}

TEST(Matching, ReadsTheProductIdAsItIsCompared) {
    check(10'000, 150, [](Choices& choices) {
        const Value item = any_item(choices);
        const std::string wrong = reads_the_product_id(item);
        return wrong + reads_the_product_id(same_item(item, default_match_on(), choices));
    });
}

// One value against another in the same member: no luck is needed to meet.
TEST(Matching, AgreesWithTheOracleOnValues) {
    check(40'000, 150, [](Choices& choices) {
        const std::string& name = default_match_on()[1 + choices.below(4)];
        Value a = Value::object();
        a.add("product_id", Value::string("p"));
        Value b = a;
        const std::size_t depth = choices.below(3);
        a.add(name, any_value(choices, depth));
        b.add(name, any_value(choices, depth));
        return agrees_with_oracle(a, b, default_match_on());
    });
}

}  // namespace
}  // namespace cart::test
