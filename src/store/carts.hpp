// The repository of cart.carts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/port.hpp"
#include "pg/spi.hpp"
#include "store/circumstances.hpp"

namespace cart::store {

using SessionHash = core::port::Sha256Digest;

// Whose cart it is: a user's (at a till, the user's at that till) or a guest session's.
struct Owner {
    std::string_view tenant;
    std::optional<std::string_view> user;
    std::optional<SessionHash> session;  // counts where there is no user
    std::string_view till;

    [[nodiscard]] bool is_user() const noexcept { return user.has_value(); }
};

// What tells an owner from the others of its tenant, as one text.
[[nodiscard]] std::string text_of(const Owner& owner);

// A row. Its texts live as long as the Store.
struct Cart {
    pg::Uuid id;
    std::string_view tenant;
    std::optional<std::string_view> user;
    std::optional<SessionHash> session;
    std::string_view till;
    std::string_view status;
    std::int64_t version;
    std::optional<std::string_view> currency;
    std::optional<std::string_view> location;
    std::optional<std::string_view> label;
    std::optional<std::string_view> order_ref;
    const Jsonb* discount;
    const Jsonb* metadata;
    std::optional<pg::Uuid> merged_into;
    TimestampTz created_at;
    TimestampTz updated_at;
    TimestampTz last_accessed_at;
    std::optional<TimestampTz> expires_at;
    pg::RowPlace place = {};

    [[nodiscard]] bool is_active() const noexcept { return status == "active"; }
};

namespace carts {

// The owner's active cart, or the cart of that id. Reading only.
[[nodiscard]] std::optional<Cart> find_active(const Owner& owner, pg::Access access);
[[nodiscard]] std::optional<Cart> find(std::string_view tenant, const pg::Uuid& id,
                                       pg::Access access);
// A cart that was read before, as it stands now.
[[nodiscard]] std::optional<Cart> find_again(const Cart& seen, pg::Access access);

// A cart that this transaction has locked.
struct Taken {
    Cart cart;
    bool is_new = false;      // made by this call, with version 1
    bool is_changed = false;  // its version has been raised for this call
};

// The owner's active cart, made where there is none. Waits for whoever holds it. With `change`,
// its version is raised at once, which saves a statement.
enum class Take : bool { lock, change };
[[nodiscard]] Taken take_active(const Owner& owner, Take take, const Circumstances& now);

// The owner's active cart, locked; nothing where there is none.
[[nodiscard]] std::optional<Cart> lock_active(const Owner& owner);

// Raises the version of a cart that this call changes, once.
void raise_version(Taken& taken, const Circumstances& now);

// Raises 40001: the carts could not be taken, however often it was tried.
[[noreturn]] void give_up();

// Makes the owner's active cart. Nothing if it has one; waits for whoever is making one.
[[nodiscard]] std::optional<Cart> create_active(const Owner& owner, const Circumstances& now);

// The cart of that id, or one that was read before, locked.
[[nodiscard]] std::optional<Cart> lock(std::string_view tenant, const pg::Uuid& id);
[[nodiscard]] std::optional<Cart> lock_again(const Cart& seen);

// All active carts of the owner, locked, the oldest first. More than one only where the unique
// indexes are missing.
[[nodiscard]] std::vector<Cart> lock_all_active(const Owner& owner);

// Raises the version of a cart that is locked. Gives the row as it stands then.
[[nodiscard]] Cart change(const Cart& cart, const Circumstances& now);

// The cart as it stands now, where triggers of applications may have written to it since; else as
// given. To be asked when all of a call is written.
[[nodiscard]] Cart as_written(const Cart& cart);

// Removes a cart that this call made and nobody has seen.
void discard(const Cart& cart);

// The cart has gone into another.
void set_merged(const Cart& cart, const pg::Uuid& target, const Circumstances& now);

// The cart is set aside, with its lines.
void set_abandoned(const Cart& cart, const Circumstances& now);

// A merged cart becomes its session's active one again. The cart is locked.
[[nodiscard]] Cart give_back(const Cart& cart, const SessionHash& session,
                             const Circumstances& now);

// What describes a cart beside its lines.
struct Description {
    std::optional<std::string_view> currency;
    std::optional<std::string_view> label;
    const Jsonb* discount;
    const Jsonb* metadata;
};
[[nodiscard]] Description description_of(const Cart& cart);
// Writes it. Raises no version.
[[nodiscard]] Cart describe(const Cart& cart, const Description& description);

// Marks the owner's active cart as used, if it was last used before `oldest`. Raises no version.
void touch(const Owner& owner, TimestampTz oldest, const Circumstances& now);

// Sets an active cart aside until then. It keeps its label where none is given.
[[nodiscard]] Cart hold(const Cart& cart, const std::optional<std::string_view>& label,
                        TimestampTz expires_at, const Circumstances& now);

// The cart becomes this owner's active one. It is locked, and the owner has no other.
[[nodiscard]] Cart activate(const Cart& cart, const Owner& owner, const Circumstances& now);

// An active cart becomes a draft order until then. It keeps its reference where none is given.
[[nodiscard]] Cart check_out(const Cart& cart, const std::optional<std::string_view>& order_ref,
                             TimestampTz expires_at, const Circumstances& now);

// The cart becomes an order, described so. It keeps its reference where none is given.
[[nodiscard]] Cart order(const Cart& cart, const std::optional<std::string_view>& order_ref,
                         const Description& description, const Circumstances& now);

// The draft or order of the tenant that has this reference.
[[nodiscard]] std::optional<Cart> find_order(std::string_view tenant, std::string_view order_ref);

// The held carts of a location, or of the tenant, the oldest first.
[[nodiscard]] std::vector<Cart> held(std::string_view tenant,
                                     const std::optional<std::string_view>& location);

// The owner's carts of these statuses, or of all, the newest first.
[[nodiscard]] std::vector<Cart> list(const Owner& owner,
                                     std::optional<std::span<const std::string_view>> statuses);

// All carts of a user, at whatever till, or of a guest session, and those of guests that have gone
// into them; the oldest first.
[[nodiscard]] std::vector<Cart> of_person(const Owner& person);
// The same, locked: active ones first, in the order of their owners.
[[nodiscard]] std::vector<Cart> lock_of_person(const Owner& person);

// Deletes the carts, with their lines.
void erase(std::string_view tenant, std::span<const pg::Uuid> ids);

// The cart belongs to nobody any more.
void anonymize(const Cart& cart);

// What the target lacks of discount, currency and metadata, it takes from the source.
[[nodiscard]] Cart inherit(const Cart& target, const Cart& source);

}  // namespace carts

}  // namespace cart::store
