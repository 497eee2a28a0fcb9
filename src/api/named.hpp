// Carts that a call names, rather than meaning its caller's active one.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "api/caller.hpp"
#include "api/once.hpp"
#include "core/error.hpp"
#include "pg/function.hpp"
#include "store/carts.hpp"

namespace cart::api {

// The id at that place. Throws Error(invalid_parameter) for NULL.
[[nodiscard]] pg::Uuid required_id(const pg::Call& call, int place, std::string_view parameter);

[[nodiscard]] store::Owner owner_of_cart(const store::Cart& cart);

// The cart that is named, if the caller may name it; the parameters …who begin at `who`. Not
// locked. Throws Error(cart_not_found), Error(not_allowed).
[[nodiscard]] store::Cart find_named(const Caller& caller, const pg::Uuid& id, int who,
                                     pg::Access access = pg::Access::write);

// The same, locked: what was found may have changed its owner while the call waited.
[[nodiscard]] store::Cart lock_named(const Caller& caller, const pg::Uuid& id, int who);

// A writing call on the cart that its first parameter names: whose it is, under which rules, when,
// and how often the call may run.
struct NamedCall {
    Caller caller;
    int who;            // where the parameters …who begin
    store::Cart found;  // not locked
    store::Owner owner;
    std::shared_ptr<const store::TenantRules> rules;
    store::Circumstances now;
    Once once;

    // The cart, locked, and seen to be the one that the caller saw. Throws Error(cart_not_found),
    // Error(version_conflict).
    [[nodiscard]] store::Cart lock() const;
};
[[nodiscard]] NamedCall named_call(const Caller& caller, pg::Call& call, int who, int once);

// Error(cart_not_found), Error(cart_not_active).
[[nodiscard]] core::Error not_found(const char* message, const std::optional<pg::Uuid>& id);
[[nodiscard]] core::Error wrong_status(const char* message, const store::Cart& cart);

// The end of something that begins now, and lasts `ttl` seconds or what is usual. Throws
// Error(invalid_parameter) for less than a second or more than ten years.
[[nodiscard]] TimestampTz end_after(const std::optional<std::int64_t>& ttl, std::int64_t usual,
                                    const store::Circumstances& now);

}  // namespace cart::api
