#include "core/merge.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "support/json_text.hpp"

namespace cart::test {
namespace {

using core::Action;
using core::Decimal;
using core::Line;
using core::MergedLine;
using core::MergeRules;
using core::OnLimit;
using core::Strategy;
using Layers = std::vector<std::size_t>;
using Lines = std::vector<Line>;

Decimal dec(std::string_view text) { return Decimal::parse(text).value(); }

core::ItemKey key(char name) {
    core::ItemKey key;
    key.bytes.fill(std::byte(name));
    return key;
}

Line line(char name, Decimal quantity, std::optional<Decimal> unit_price = {}) {
    return {.key = key(name), .quantity = std::move(quantity), .unit_price = std::move(unit_price)};
}

std::vector<MergedLine> merge(const Lines& existing, const Lines& incoming,
                              const MergeRules& rules = {}) {
    const auto merged =
        core::merge_lines(existing, incoming, rules, std::pmr::get_default_resource());
    return {merged.begin(), merged.end()};
}

std::vector<MergedLine> merge(const Lines& existing, const Lines& incoming, Strategy strategy) {
    MergeRules rules;
    rules.strategy = strategy;
    return merge(existing, incoming, rules);
}

Layers layers(const MergedLine& line) { return {line.layers.begin(), line.layers.end()}; }

const Strategy all_strategies[] = {Strategy::sum, Strategy::max, Strategy::incoming,
                                   Strategy::existing};

// --- names ---

TEST(Strategies, HaveTheContractsNames) {
    EXPECT_EQ(core::read_strategy("sum"), Strategy::sum);
    EXPECT_EQ(core::read_strategy("max"), Strategy::max);
    EXPECT_EQ(core::read_strategy("incoming"), Strategy::incoming);
    EXPECT_EQ(core::read_strategy("existing"), Strategy::existing);
    for (const Strategy strategy : all_strategies) {
        EXPECT_EQ(core::read_strategy(core::name_of(strategy)), strategy);
    }
}

TEST(Strategies, RefusesOtherNames) {
    const std::string long_name(5000, 'x');
    for (const std::string_view name : {"", "SUM", " sum", "min", "replace", long_name.c_str()}) {
        try {
            (void)core::read_strategy(name);
            ADD_FAILURE() << "took " << name;
        } catch (const core::Error& error) {
            EXPECT_EQ(error.code(), core::ErrorCode::invalid_parameter);
            EXPECT_TRUE(nlohmann::json::accept(error.detail()));
            EXPECT_LT(error.detail().size(), 400U);
            EXPECT_FALSE(error.hint().empty());
        }
    }
}

TEST(Actions, HaveTheContractsNames) {
    EXPECT_EQ(core::name_of(Action::added), "added");
    EXPECT_EQ(core::name_of(Action::summed), "summed");
    EXPECT_EQ(core::name_of(Action::kept), "kept");
    EXPECT_EQ(core::name_of(Action::replaced), "replaced");
    EXPECT_EQ(core::name_of(Action::clamped), "clamped");
    EXPECT_EQ(core::name_of(Action::dropped), "dropped");
}

// --- a line on both sides ---

TEST(MergeLines, SumIsTheDefault) {
    const auto merged = merge({line('a', dec("2.5"))}, {line('a', 3)});
    ASSERT_EQ(merged.size(), 1U);
    EXPECT_EQ(merged[0].quantity, dec("5.5"));
    EXPECT_EQ(merged[0].action, Action::summed);
    EXPECT_EQ(merged[0].quantity_before, dec("2.5"));
    EXPECT_EQ(merged[0].quantity_incoming, Decimal(3));
    EXPECT_EQ(merged[0].incoming_index, 0U);
    EXPECT_EQ(merged[0].reason, "");
    EXPECT_EQ(layers(merged[0]), (Layers{0, 1}));
    EXPECT_TRUE(core::is_changed(merged[0]));
}

TEST(MergeLines, MaxTakesTheLarger) {
    auto merged = merge({line('a', 2)}, {line('a', 3)}, Strategy::max);
    EXPECT_EQ(merged[0].quantity, Decimal(3));
    EXPECT_EQ(merged[0].action, Action::replaced);
    merged = merge({line('a', 5)}, {line('a', 3)}, Strategy::max);
    EXPECT_EQ(merged[0].quantity, Decimal(5));
    EXPECT_EQ(merged[0].action, Action::kept);
    merged = merge({line('a', 5)}, {line('a', dec("5.0"))}, Strategy::max);
    EXPECT_EQ(merged[0].quantity, Decimal(5));
    EXPECT_EQ(merged[0].action, Action::kept);
}

TEST(MergeLines, IncomingReplaces) {
    const auto merged = merge({line('a', 5)}, {line('a', 3)}, Strategy::incoming);
    EXPECT_EQ(merged[0].quantity, Decimal(3));
    EXPECT_EQ(merged[0].action, Action::replaced);
}

TEST(MergeLines, ExistingStays) {
    const auto merged = merge({line('a', 5)}, {line('a', 3)}, Strategy::existing);
    EXPECT_EQ(merged[0].quantity, Decimal(5));
    EXPECT_EQ(merged[0].action, Action::kept);
}

// --- whose members count ---

TEST(MergeLines, TheIncomingSideIsTheNewer) {
    for (const Strategy strategy : {Strategy::sum, Strategy::max, Strategy::incoming}) {
        const auto merged = merge({line('a', 5, dec("1"))}, {line('a', 3, dec("2"))}, strategy);
        EXPECT_EQ(layers(merged[0]), (Layers{0, 1}));
        EXPECT_EQ(merged[0].unit_price, dec("2"));
        EXPECT_EQ(merged[0].price_before, dec("1"));
    }
}

TEST(MergeLines, ExceptUnderExisting) {
    const auto merged =
        merge({line('a', 5, dec("1"))}, {line('a', 3, dec("2"))}, Strategy::existing);
    EXPECT_EQ(layers(merged[0]), (Layers{1, 0}));
    EXPECT_EQ(merged[0].unit_price, dec("1"));
    EXPECT_EQ(merged[0].price_before, dec("1"));
}

// Member by member: a side without a price says nothing about it.
TEST(MergeLines, APriceThatIsAbsentReplacesNone) {
    for (const Strategy strategy : all_strategies) {
        EXPECT_EQ(merge({line('a', 5, dec("1"))}, {line('a', 3)}, strategy)[0].unit_price,
                  dec("1"));
        EXPECT_EQ(merge({line('a', 5)}, {line('a', 3, dec("2"))}, strategy)[0].unit_price,
                  dec("2"));
        EXPECT_FALSE(merge({line('a', 5)}, {line('a', 3)}, strategy)[0].unit_price);
        EXPECT_FALSE(merge({line('a', 5)}, {line('a', 3, dec("2"))}, strategy)[0].price_before);
    }
}

TEST(MergeLines, APriceOfZeroIsAPrice) {
    EXPECT_EQ(merge({line('a', 5, dec("1"))}, {line('a', 3, dec("0"))})[0].unit_price, dec("0"));
}

// --- lines on one side only ---

TEST(MergeLines, LinesOnOneSideAreAlwaysKept) {
    for (const Strategy strategy : all_strategies) {
        const auto merged = merge({line('a', 1), line('b', 2, dec("9"))},
                                  {line('c', 3, dec("8")), line('d', 4)}, strategy);
        ASSERT_EQ(merged.size(), 4U);
        EXPECT_EQ(merged[1].key, key('b'));
        EXPECT_EQ(merged[1].quantity, Decimal(2));
        EXPECT_EQ(merged[1].unit_price, dec("9"));
        EXPECT_EQ(merged[1].action, Action::kept);
        EXPECT_EQ(merged[1].quantity_before, Decimal(2));
        EXPECT_FALSE(merged[1].quantity_incoming);
        EXPECT_FALSE(merged[1].incoming_index);
        EXPECT_EQ(layers(merged[1]), (Layers{1}));
        EXPECT_FALSE(core::is_changed(merged[1]));

        EXPECT_EQ(merged[2].key, key('c'));
        EXPECT_EQ(merged[2].quantity, Decimal(3));
        EXPECT_EQ(merged[2].unit_price, dec("8"));
        EXPECT_EQ(merged[2].action, Action::added);
        EXPECT_FALSE(merged[2].quantity_before);
        EXPECT_EQ(merged[2].quantity_incoming, Decimal(3));
        EXPECT_EQ(merged[2].incoming_index, 0U);
        EXPECT_EQ(layers(merged[2]), (Layers{2}));
        EXPECT_TRUE(core::is_changed(merged[2]));
        EXPECT_EQ(merged[3].incoming_index, 1U);
    }
}

TEST(MergeLines, OfNothing) {
    EXPECT_TRUE(merge({}, {}).empty());
    EXPECT_EQ(merge({line('a', 1)}, {}).size(), 1U);
    EXPECT_EQ(merge({}, {line('a', 1)}).size(), 1U);
}

TEST(MergeLines, ExistingFirstThenNewOnesInTheirOrder) {
    const auto merged = merge({line('c', 1), line('a', 1), line('d', 1)},
                              {line('z', 1), line('a', 1), line('b', 1), line('c', 1)});
    std::string order;
    for (const auto& each : merged) {
        order += static_cast<char>(each.key.bytes[0]);
    }
    EXPECT_EQ(order, "cadzb");
}

// --- lines that match within a side ---

TEST(MergeLines, JoinsWithinTheIncomingSide) {
    const auto merged = merge({}, {line('a', 1, dec("5")), line('b', 1), line('a', 2)});
    ASSERT_EQ(merged.size(), 2U);
    EXPECT_EQ(merged[0].quantity, Decimal(3));
    EXPECT_EQ(merged[0].action, Action::added);
    EXPECT_EQ(merged[0].quantity_incoming, Decimal(3));
    EXPECT_EQ(merged[0].unit_price, dec("5"));
    EXPECT_EQ(merged[0].incoming_index, 0U);
    EXPECT_EQ(layers(merged[0]), (Layers{0, 2}));
    EXPECT_EQ(merged[1].incoming_index, 1U);
}

TEST(MergeLines, JoinsWithinTheExistingSide) {
    const auto merged = merge({line('a', 1, dec("5")), line('b', 1), line('a', 2, dec("6"))}, {});
    ASSERT_EQ(merged.size(), 2U);
    EXPECT_EQ(merged[0].quantity, Decimal(3));
    EXPECT_EQ(merged[0].action, Action::summed);
    EXPECT_EQ(merged[0].unit_price, dec("6"));
    EXPECT_EQ(layers(merged[0]), (Layers{0, 2}));
    EXPECT_TRUE(core::is_changed(merged[0]));
    EXPECT_FALSE(core::is_changed(merged[1]));
}

TEST(MergeLines, JoinsEachSideBeforeTheStrategyDecides) {
    const Lines existing = {line('a', 2), line('a', 2)};
    const Lines incoming = {line('a', 3), line('b', 1), line('a', 3)};
    EXPECT_EQ(merge(existing, incoming, Strategy::sum)[0].quantity, Decimal(10));
    EXPECT_EQ(merge(existing, incoming, Strategy::max)[0].quantity, Decimal(6));
    EXPECT_EQ(merge(existing, incoming, Strategy::incoming)[0].quantity, Decimal(6));
    EXPECT_EQ(merge(existing, incoming, Strategy::existing)[0].quantity, Decimal(4));
    EXPECT_EQ(layers(merge(existing, incoming, Strategy::sum)[0]), (Layers{0, 1, 2, 4}));
    EXPECT_EQ(layers(merge(existing, incoming, Strategy::existing)[0]), (Layers{2, 4, 0, 1}));
}

TEST(MergeLines, LooksAtTheWholeKey) {
    Line a = line('a', 1);
    Line b = line('a', 1);
    for (std::size_t i = 0; i < a.key.bytes.size(); ++i) {
        b.key = a.key;
        b.key.bytes[i] = std::byte('b');
        EXPECT_EQ(merge({a}, {b}).size(), 2U) << i;
    }
}

// --- limits ---

MergeRules rules(OnLimit on_limit, std::size_t max_lines, Decimal max_quantity) {
    MergeRules rules;
    rules.limits.max_lines = max_lines;
    rules.limits.max_quantity = std::move(max_quantity);
    rules.on_limit = on_limit;
    return rules;
}

core::Error refusal(const Lines& existing, const Lines& incoming, const MergeRules& rules) {
    try {
        (void)merge(existing, incoming, rules);
    } catch (const core::Error& error) {
        return error;
    }
    return {core::ErrorCode::cart_not_found, "no error"};
}

TEST(Limits, AreTheContractsByDefault) {
    const core::Limits limits;
    EXPECT_EQ(limits.max_lines, 1000U);
    EXPECT_EQ(limits.max_quantity, Decimal(1'000'000));
    EXPECT_EQ(limits.max_item_bytes, 16384U);
}

TEST(Limits, MayBeNone) {
    MergeRules unlimited;
    unlimited.limits = core::Limits::none();
    unlimited.other_lines = 5000;
    for (const OnLimit on_limit : {OnLimit::clamp, OnLimit::refuse}) {
        unlimited.on_limit = on_limit;
        const auto merged = merge({line('a', dec("1e29"))}, {line('a', dec("1e29"))}, unlimited);
        EXPECT_EQ(merged[0].quantity, dec("2e29"));
        EXPECT_EQ(merge({}, {line('b', 1)}, unlimited)[0].action, Action::added);
    }
}

TEST(Limits, ClampTheQuantity) {
    const auto merged = merge({line('a', 6)}, {line('a', 5), line('b', 11), line('c', 10)},
                              rules(OnLimit::clamp, 10, 10));
    EXPECT_EQ(merged[0].quantity, Decimal(10));
    EXPECT_EQ(merged[0].action, Action::clamped);
    EXPECT_EQ(merged[0].reason, "max_quantity");
    EXPECT_EQ(merged[0].quantity_before, Decimal(6));
    EXPECT_EQ(merged[0].quantity_incoming, Decimal(5));
    EXPECT_EQ(merged[1].quantity, Decimal(10));
    EXPECT_EQ(merged[1].action, Action::clamped);
    EXPECT_EQ(merged[2].quantity, Decimal(10));
    EXPECT_EQ(merged[2].action, Action::added);
}

TEST(Limits, DropLinesThatFindNoRoom) {
    const auto merged =
        merge({line('a', 1), line('b', 1)}, {line('c', 1), line('a', 1), line('d', 7)},
              rules(OnLimit::clamp, 3, 10));
    ASSERT_EQ(merged.size(), 4U);
    EXPECT_EQ(merged[0].action, Action::summed);
    EXPECT_EQ(merged[2].action, Action::added);
    EXPECT_EQ(merged[3].key, key('d'));
    EXPECT_EQ(merged[3].action, Action::dropped);
    EXPECT_EQ(merged[3].reason, "max_lines");
    EXPECT_EQ(merged[3].quantity, Decimal(0));
    EXPECT_EQ(merged[3].quantity_incoming, Decimal(7));
    EXPECT_FALSE(core::is_changed(merged[3]));
}

TEST(Limits, CountLinesThatWereNotPassed) {
    MergeRules limited = rules(OnLimit::clamp, 3, 10);
    limited.other_lines = 3;
    EXPECT_EQ(merge({}, {line('a', 1)}, limited)[0].action, Action::dropped);
    limited.other_lines = 2;
    EXPECT_EQ(merge({}, {line('a', 1)}, limited)[0].action, Action::added);
    EXPECT_EQ(merge({line('b', 1)}, {line('a', 1)}, limited)[1].action, Action::dropped);
}

TEST(Limits, CountJoinedLinesOnce) {
    const auto merged = merge({line('a', 1), line('a', 1)}, {line('b', 1), line('b', 1)},
                              rules(OnLimit::clamp, 2, 10));
    ASSERT_EQ(merged.size(), 2U);
    EXPECT_EQ(merged[1].action, Action::added);
}

// A limit that was lowered takes nothing from a cart by itself.
TEST(Limits, LeaveUntouchedLinesAlone) {
    for (const OnLimit on_limit : {OnLimit::clamp, OnLimit::refuse}) {
        const auto merged =
            merge({line('a', 50), line('b', 1)}, {line('b', 1)}, rules(on_limit, 2, 10));
        EXPECT_EQ(merged[0].quantity, Decimal(50));
        EXPECT_EQ(merged[0].action, Action::kept);
        EXPECT_EQ(merged[0].reason, "");
        EXPECT_EQ(merge({line('a', 1), line('b', 1), line('c', 1)}, {line('b', 1)},
                        rules(on_limit, 2, 10))
                      .size(),
                  3U);
    }
}

TEST(Limits, RefuseTheQuantity) {
    const auto error =
        refusal({line('a', 6)}, {line('b', 1), line('a', 5)}, rules(OnLimit::refuse, 10, 10));
    EXPECT_EQ(error.code(), core::ErrorCode::limit_exceeded);
    const auto detail = nlohmann::json::parse(error.detail());
    EXPECT_EQ(detail["index"], 1);
    EXPECT_EQ(detail["limit"], "max_quantity");
    EXPECT_EQ(detail["expected"], 10);
    EXPECT_EQ(detail["found"], 11);
}

TEST(Limits, RefuseTooManyLines) {
    const auto error = refusal({line('a', 6)}, {line('a', 1), line('b', 1), line('c', 1)},
                               rules(OnLimit::refuse, 2, 10));
    EXPECT_EQ(error.code(), core::ErrorCode::limit_exceeded);
    const auto detail = nlohmann::json::parse(error.detail());
    EXPECT_EQ(detail["index"], 2);
    EXPECT_EQ(detail["limit"], "max_lines");
    EXPECT_EQ(detail["expected"], 2);
}

TEST(Limits, RefuseNothingWithinThem) {
    const auto merged =
        merge({line('a', 5)}, {line('a', 5), line('b', 10)}, rules(OnLimit::refuse, 2, 10));
    EXPECT_EQ(merged[0].quantity, Decimal(10));
    EXPECT_EQ(merged[0].action, Action::summed);
    EXPECT_EQ(merged[1].action, Action::added);
}

// --- size ---

TEST(MergeLines, OfLargeCarts) {
    const auto numbered = [](std::uint32_t number) {
        Line numbered{.key = {}, .quantity = 1};
        std::memcpy(numbered.key.bytes.data() + 8, &number, sizeof number);
        return numbered;
    };
    Lines existing;
    Lines incoming;
    for (std::uint32_t i = 0; i < 3000; ++i) {
        existing.push_back(numbered(i));
        incoming.push_back(numbered(i + 1500));
    }
    MergeRules large;
    large.limits.max_lines = 10'000;
    const auto merged = merge(existing, incoming, large);
    ASSERT_EQ(merged.size(), 4500U);
    for (std::uint32_t i = 0; i < merged.size(); ++i) {
        EXPECT_EQ(merged[i].key, numbered(i).key);
        EXPECT_EQ(merged[i].quantity, Decimal(i >= 1500 && i < 3000 ? 2 : 1));
    }
}

}  // namespace
}  // namespace cart::test
