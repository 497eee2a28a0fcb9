#include "core/lifecycle.hpp"

#include <gtest/gtest.h>

#include <array>

namespace {

using cart::core::may_become;
using cart::core::read_status;
using cart::core::Status;
using cart::core::transitions;

constexpr std::array all = {Status::active,  Status::held,   Status::checkout,
                            Status::ordered, Status::merged, Status::abandoned};

TEST(Status, HasANameThatReadsBack) {
    for (const Status status : all) {
        EXPECT_EQ(read_status(name_of(status)), status);
    }
    for (const char* text : {"", "Active", "active ", "open"}) {
        EXPECT_EQ(read_status(text), std::nullopt) << text;
    }
}

TEST(Transitions, AreAllowedAndNoOthersAre) {
    for (const Status from : all) {
        for (const Status to : all) {
            bool listed = from == to;
            for (const auto& transition : transitions()) {
                listed = listed || (transition.from == from && transition.to == to);
            }
            EXPECT_EQ(may_become(from, to), listed) << name_of(from) << " " << name_of(to);
        }
    }
}

TEST(Transitions, LeadNowhereFromAnOrder) {
    for (const Status to : all) {
        EXPECT_EQ(may_become(Status::ordered, to), to == Status::ordered) << name_of(to);
    }
}

TEST(Transitions, AreListedOnceAndSayWhoseTheyAre) {
    for (const auto& a : transitions()) {
        EXPECT_FALSE(a.by.empty());
        EXPECT_NE(a.from, a.to);
        int same = 0;
        for (const auto& b : transitions()) {
            same += a.from == b.from && a.to == b.to ? 1 : 0;
        }
        EXPECT_EQ(same, 1) << name_of(a.from) << " " << name_of(a.to);
    }
}

// Every cart can still come to an end, and only open ones change their lines.
TEST(Transitions, LeadBackToActiveOrOn) {
    EXPECT_TRUE(is_open(Status::active));
    for (const Status from : {Status::held, Status::checkout, Status::merged, Status::abandoned}) {
        EXPECT_TRUE(may_become(from, Status::active)) << name_of(from);
        EXPECT_FALSE(is_open(from)) << name_of(from);
    }
}

}  // namespace
