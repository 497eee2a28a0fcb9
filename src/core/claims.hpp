// Which claims of a gateway or token tell what: "user=sub, tenant=app.tenant".
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cart::core {

// What a claim can tell of a caller.
enum class Claim : unsigned char { user, tenant, location, till, role };
inline constexpr std::size_t claims_count = 5;

// The names on the way to a member, from the outside in. Empty: there is no such claim.
using ClaimPath = std::vector<std::string>;

class ClaimPaths {
  public:
    // Nothing for a text that is no list of name=path, names something twice or unknown, or has an
    // empty name on a path.
    [[nodiscard]] static std::optional<ClaimPaths> parse(std::string_view text);

    [[nodiscard]] const ClaimPath& of(Claim claim) const {
        return paths_.at(static_cast<std::size_t>(claim));
    }

  private:
    std::array<ClaimPath, claims_count> paths_;
};

// What staff may do with carts that are not their own.
enum class StaffRole : unsigned char {
    none,
    cashier,  // the held carts of the location
    manager,  // all carts of the location
    brand,    // all carts of the tenant
};
// Unknown names are none.
[[nodiscard]] StaffRole read_staff_role(std::string_view name) noexcept;

}  // namespace cart::core
