// The algebra of the strategies.
#include "property/check.hpp"
#include "support/laws.hpp"

namespace cart::test {
namespace {

using core::Strategy;

constexpr int cases = 3'000;

// Carts as they are stored, with a key at most once, and arrays from applications, with repeated
// ones, in turn.
Cart cart(Choices& choices) { return any_cart(choices, 8, choices.one_in(2)); }

TEST(Merging, IsAssociative) {
    for (const Strategy strategy : strategies) {
        check(cases, 300, [&](Choices& choices) {
            const Cart a = cart(choices);
            const Cart b = cart(choices);
            return is_associative(a, b, cart(choices), strategy);
        });
    }
}

TEST(Merging, HasTheEmptyCartAsIdentity) {
    for (const Strategy strategy : strategies) {
        check(cases, 120, [&](Choices& choices) { return has_identity(cart(choices), strategy); });
    }
}

// On a cart as it is stored, the identity really is one.
TEST(Merging, WithNothingChangesNothing) {
    for (const Strategy strategy : strategies) {
        check(cases, 120, [&](Choices& choices) {
            const Cart a = any_cart(choices, 8, true);
            const bool same = equal(merged(a, {}, rules_of(strategy)), a) &&
                              equal(merged({}, a, rules_of(strategy)), a);
            return same ? std::string() : "changed\n" + show(a);
        });
    }
}

TEST(Merging, ConservesQuantitiesUnderSum) {
    check(cases, 200, [](Choices& choices) {
        const Cart a = cart(choices);
        return conserves(a, cart(choices));
    });
}

TEST(Merging, AbsorbsWhatItHas) {
    for (const Strategy strategy : {Strategy::max, Strategy::incoming, Strategy::existing}) {
        check(cases, 200, [&](Choices& choices) {
            const Cart a = cart(choices);
            return absorbs(a, cart(choices), strategy);
        });
    }
}

TEST(Merging, PicksTheSideThatTheStrategyNames) {
    check(cases, 200, [](Choices& choices) {
        const Cart a = cart(choices);
        return picks_its_side(a, cart(choices));
    });
}

TEST(Merging, JoinsWithinTheSidesFirst) {
    for (const Strategy strategy : strategies) {
        check(cases, 200, [&](Choices& choices) {
            const Cart a = any_cart(choices, 8, false);
            return joins_first(a, any_cart(choices, 8, false), strategy);
        });
    }
}

TEST(Merging, LosesNothingAndReportsTruly) {
    for (const Strategy strategy : strategies) {
        check(cases, 200, [&](Choices& choices) {
            const Cart a = cart(choices);
            return reports_truly(a, cart(choices), rules_of(strategy));
        });
    }
}

TEST(Merging, KeepsItsLimits) {
    check(10'000, 200, [](Choices& choices) {
        const core::MergeRules rules = any_rules(choices);
        const Cart a = cart(choices);
        return reports_truly(a, cart(choices), rules);
    });
}

TEST(Merging, RefusesWhatItWouldClamp) {
    check(10'000, 200, [](Choices& choices) {
        const core::MergeRules rules = any_rules(choices);
        const Cart a = cart(choices);
        return refuses_what_it_would_clamp(a, cart(choices), rules);
    });
}

}  // namespace
}  // namespace cart::test
