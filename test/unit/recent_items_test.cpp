#include "core/recent_items.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using cart::core::Item;
using cart::core::MatchOn;
using cart::core::RecentItems;

Item item(const std::string& product) {
    Item item;
    item.product_id = product;
    return item;
}

// What is kept for these bytes, or "" for nothing.
std::string found(const RecentItems& recent, std::string_view bytes, const MatchOn& match_on = {}) {
    const Item* item = recent.find(bytes, match_on);
    return item == nullptr ? "" : item->product_id;
}

TEST(RecentItems, FindsWhatWasKept) {
    RecentItems recent;
    EXPECT_EQ(found(recent, "mug"), "");
    recent.keep("mug", {}, item("a mug"));
    EXPECT_EQ(found(recent, "mug"), "a mug");
    EXPECT_EQ(found(recent, "mug "), "");
    EXPECT_EQ(found(recent, ""), "");
}

TEST(RecentItems, TellsRulesApart) {
    const std::vector<std::string_view> names = {"product_id"};
    const MatchOn by_product(names);
    RecentItems recent;
    recent.keep("mug", {}, item("by default"));
    EXPECT_EQ(found(recent, "mug", by_product), "");
    recent.keep("mug", by_product, item("by product"));
    EXPECT_EQ(found(recent, "mug", by_product), "by product");
    EXPECT_EQ(found(recent, "mug"), "");
}

TEST(RecentItems, KeepsABoundedNumberOfBoundedDocuments) {
    RecentItems recent;
    const std::string longest(RecentItems::max_bytes, 'x');
    recent.keep(longest, {}, item("long"));
    EXPECT_EQ(found(recent, longest), "long");
    recent.keep(longest + "x", {}, item("too long"));
    EXPECT_EQ(found(recent, longest + "x"), "");
    std::size_t kept = 0;
    constexpr std::size_t many = 10 * RecentItems::places;
    for (std::size_t i = 0; i < many; ++i) {
        recent.keep(std::to_string(i), {}, item(std::to_string(i)));
        EXPECT_EQ(found(recent, std::to_string(i)), std::to_string(i));
    }
    for (std::size_t i = 0; i < many; ++i) {
        const std::string product = found(recent, std::to_string(i));
        EXPECT_TRUE(product.empty() || product == std::to_string(i));
        kept += product.empty() ? 0 : 1;
    }
    EXPECT_GT(kept, RecentItems::places / 2);
    EXPECT_LE(kept, RecentItems::places);
}

}  // namespace
