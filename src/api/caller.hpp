// Who calls: the owner of the cart that is meant, what the caller may do, and the circumstances
// that are recorded.
//
// An application, which may execute cart_application(), acts for whomever it names. Everybody else
// is a shopper: acts for the user of its verified claims, and for the guest session whose token it
// holds; as staff, by the role in its claims, also with carts of its location or tenant.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "api/claims.hpp"
#include "core/error.hpp"
#include "pg/function.hpp"
#include "store/carts.hpp"

namespace cart::api {

// A session token as the tables know it. Throws Error(invalid_parameter) for one that is too long.
[[nodiscard]] store::SessionHash hash_of_token(std::string_view token);

// The two owners of a login: each is filled from elsewhere on its own.
struct Login {
    store::Owner user;
    store::Owner guest;
};

// To be made at the beginning of a call. What it gives lives as long as the answer.
class Caller {
  public:
    // Throws Error(not_allowed) for claims that are not valid.
    explicit Caller(const pg::Call& call);

    [[nodiscard]] bool is_application() const noexcept { return is_application_; }
    [[nodiscard]] Oid role() const noexcept { return call_.user(); }
    // Throw Error(not_allowed) for anybody less.
    void require_staff() const;
    void require_application() const;

    // The owner that the parameters …who mean; they begin at `who`: user_id, session_token,
    // tenant_id. Where neither user nor session is passed, both come from the claims or the
    // settings. Throws Error(owner_missing) where there is no owner at all, Error(not_allowed) for
    // somebody else's.
    [[nodiscard]] store::Owner owner(int who) const;
    // The tenant within which the call works, from its parameter, or without one.
    [[nodiscard]] std::string_view tenant(int place) const;
    [[nodiscard]] std::string_view tenant() const;
    [[nodiscard]] Login login(int user, int session, int tenant) const;

    // Whether the caller may name the cart: an application may name those of the owner that it
    // passes, or any where it passes none.
    [[nodiscard]] bool may_name(const store::Cart& cart, int who) const;
    // Whether row security shows the cart to a shopper: a guest by the token in the settings.
    [[nodiscard]] bool may_see(const store::Cart& cart) const;
    // Whether the cart is kept where the caller works as staff, or is its own.
    [[nodiscard]] bool may_resume(const store::Cart& cart) const;
    // The shop whose held carts are shown; nothing: the whole tenant's. Throws Error(not_allowed).
    [[nodiscard]] std::optional<std::string_view> location_shown(
        const std::optional<std::string_view>& named) const;

    // Where, by whom and when. Of a shopper's settings none counts.
    [[nodiscard]] store::Circumstances circumstances() const;

  private:
    [[nodiscard]] std::string_view kept(std::string_view text) const;
    [[nodiscard]] std::optional<std::string_view> claimed(
        const std::optional<std::string>& claim) const;
    [[nodiscard]] std::string_view till() const;
    [[nodiscard]] store::Owner user_owner(std::string_view tenant, std::string_view user) const;
    [[nodiscard]] store::Owner guest_owner(std::string_view tenant, std::string_view token) const;
    void check_passed_user(const std::optional<std::string_view>& user) const;
    [[nodiscard]] bool may_as_staff(const store::Cart& cart) const;
    [[nodiscard]] bool is_at_location(const store::Cart& cart) const;
    [[nodiscard]] bool is_own(const store::Cart& cart,
                              const std::optional<std::string_view>& token) const;

    const pg::Call& call_;
    std::shared_ptr<const Claims> claims_;
    bool is_application_;
};

// Error(not_allowed): the same for what there is and for what there is not.
[[nodiscard]] core::Error not_allowed();

}  // namespace cart::api
