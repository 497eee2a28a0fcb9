#include "core/change.hpp"

#include <gtest/gtest.h>

#include <memory_resource>

namespace {

using cart::core::Action;
using cart::core::Decimal;
using cart::core::fold;
using cart::core::ItemKey;
using cart::core::LineChange;
using Number = std::optional<Decimal>;

ItemKey key(int number) {
    ItemKey key;
    key.bytes[0] = static_cast<std::byte>(number);
    return key;
}

LineChange change(Action action, const Number& before, const Number& incoming,
                  const Decimal& after) {
    return {.key = key(1),
            .product_id = "mug",
            .action = action,
            .quantity_before = before,
            .quantity_incoming = incoming,
            .quantity_after = after};
}

// What two changes of one line, one after the other, are as one.
LineChange both(const LineChange& first, const LineChange& second) {
    const LineChange changes[] = {first, second};
    const auto folded = fold(changes, std::pmr::get_default_resource());
    EXPECT_EQ(folded.size(), 1U);
    return folded.front();
}

void expect(const LineChange& found, Action action, const Number& before, const Number& incoming,
            const Decimal& after) {
    EXPECT_EQ(name_of(found.action), name_of(action));
    EXPECT_EQ(found.quantity_before, before);
    EXPECT_EQ(found.quantity_incoming, incoming);
    EXPECT_EQ(found.quantity_after, after);
}

TEST(Fold, ANewLineStaysNew) {
    expect(both(change(Action::added, {}, 2, 2), change(Action::summed, 2, 3, 5)), Action::added,
           {}, 5, 5);
    expect(both(change(Action::added, {}, 2, 2), change(Action::replaced, 2, 7, 7)), Action::added,
           {}, 7, 7);
}

TEST(Fold, SumsAddUp) {
    expect(both(change(Action::summed, 1, 2, 3), change(Action::summed, 3, 4, 7)), Action::summed,
           1, 6, 7);
    expect(both(change(Action::replaced, 1, 5, 5), change(Action::summed, 5, 1, 6)),
           Action::replaced, 1, 6, 6);
}

TEST(Fold, ALineTakenOutAndPutBackIsReplaced) {
    expect(both(change(Action::removed, 3, {}, 0), change(Action::added, {}, 2, 2)),
           Action::replaced, 3, 2, 2);
}

TEST(Fold, TheLastWordCounts) {
    expect(both(change(Action::summed, 1, 2, 3), change(Action::removed, 3, {}, 0)),
           Action::removed, 1, {}, 0);
    expect(both(change(Action::added, {}, 2, 2), change(Action::removed, 2, {}, 0)),
           Action::removed, {}, {}, 0);
    expect(both(change(Action::summed, 1, 2, 3), change(Action::clamped, 3, 9, 10)),
           Action::clamped, 1, 9, 10);
}

TEST(Fold, WhatChangesNothingLeavesWhatWas) {
    LineChange first = change(Action::clamped, 1, 9, 5);
    first.reason = "max_quantity";
    const LineChange found = both(first, change(Action::kept, 5, 5, 5));
    expect(found, Action::clamped, 1, 9, 5);
    EXPECT_EQ(found.reason, "max_quantity");
}

TEST(Fold, ASumAfterALookIsASum) {
    expect(both(change(Action::kept, 2, 2, 2), change(Action::summed, 2, 1, 3)), Action::summed, 2,
           1, 3);
}

TEST(Fold, PricesGoFromTheFirstToTheLast) {
    LineChange first = change(Action::summed, 1, 1, 2);
    first.price_before = 10;
    first.price_after = 11;
    LineChange second = change(Action::summed, 2, 1, 3);
    second.price_before = 11;
    second.price_after = 12;
    const LineChange found = both(first, second);
    EXPECT_EQ(found.price_before, Number(10));
    EXPECT_EQ(found.price_after, Number(12));
}

TEST(Fold, LinesStandInTheOrderInWhichTheyWereTouched) {
    LineChange other = change(Action::added, {}, 1, 1);
    other.key = key(2);
    const LineChange changes[] = {change(Action::added, {}, 1, 1), other,
                                  change(Action::summed, 1, 1, 2)};
    const auto folded = fold(changes, std::pmr::get_default_resource());
    ASSERT_EQ(folded.size(), 2U);
    EXPECT_EQ(folded[0].key, key(1));
    EXPECT_EQ(folded[0].quantity_after, Decimal(2));
    EXPECT_EQ(folded[1].key, key(2));
}

TEST(Removed, IsALineThatWasThere) {
    expect(cart::core::removed(key(1), "mug", Decimal(3), Decimal(5)), Action::removed, 3, {}, 0);
}

}  // namespace
