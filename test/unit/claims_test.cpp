#include "core/claims.hpp"

#include <gtest/gtest.h>

namespace cart::core {
namespace {

ClaimPath path_of(std::string_view text, Claim claim) {
    const auto paths = ClaimPaths::parse(text);
    return paths ? paths->of(claim) : ClaimPath{"(refused)"};
}

TEST(ClaimPaths, NameTheMembers) {
    constexpr auto text =
        "user=sub, tenant=tenant_id, location=location_id, till=till_id, role=cart_role";
    EXPECT_EQ(path_of(text, Claim::user), ClaimPath{"sub"});
    EXPECT_EQ(path_of(text, Claim::tenant), ClaimPath{"tenant_id"});
    EXPECT_EQ(path_of(text, Claim::location), ClaimPath{"location_id"});
    EXPECT_EQ(path_of(text, Claim::till), ClaimPath{"till_id"});
    EXPECT_EQ(path_of(text, Claim::role), ClaimPath{"cart_role"});
}

TEST(ClaimPaths, GoDeeperByDots) {
    EXPECT_EQ(path_of("user=app_metadata.shop.user", Claim::user),
              (ClaimPath{"app_metadata", "shop", "user"}));
}

TEST(ClaimPaths, MayLeaveClaimsOut) {
    EXPECT_EQ(path_of("user=sub", Claim::tenant), ClaimPath{});
    EXPECT_EQ(path_of("", Claim::user), ClaimPath{});
    EXPECT_EQ(path_of("  \n", Claim::user), ClaimPath{});
}

TEST(ClaimPaths, TakeSpaceAroundNamesAndPaths) {
    EXPECT_EQ(path_of(" user = sub ,\ttenant= t", Claim::user), ClaimPath{"sub"});
    EXPECT_EQ(path_of(" user = sub ,\ttenant= t", Claim::tenant), ClaimPath{"t"});
}

TEST(ClaimPaths, RefuseWhatIsNone) {
    for (const std::string_view text :
         {"user", "user=", "=sub", "user=sub,", ",", "user=a..b", "user=.a", "user=a.", "sub=user",
          "user=a, user=b", "User=sub"}) {
        EXPECT_FALSE(ClaimPaths::parse(text)) << text;
    }
}

TEST(StaffRoles, AreThree) {
    EXPECT_EQ(read_staff_role("cashier"), StaffRole::cashier);
    EXPECT_EQ(read_staff_role("manager"), StaffRole::manager);
    EXPECT_EQ(read_staff_role("brand"), StaffRole::brand);
    for (const std::string_view name : {"", "Cashier", "admin", "application", "brand "}) {
        EXPECT_EQ(read_staff_role(name), StaffRole::none) << name;
    }
}

}  // namespace
}  // namespace cart::core
