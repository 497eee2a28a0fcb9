// One cart goes into an owner's active one: what a login and a recovery link do.
#pragma once

#include <memory_resource>
#include <optional>
#include <string_view>
#include <vector>

#include "api/caller.hpp"
#include "api/draft.hpp"
#include "core/change.hpp"
#include "store/carts.hpp"
#include "store/rules.hpp"

namespace cart::api {

// Why nothing was joined, and both carts stand untouched.
enum class NotJoined : unsigned char { own_cart, empty, currency_mismatch };

struct Joined {
    store::Cart source;
    store::Cart target;  // the source itself where the owner had no cart
    std::pmr::vector<core::LineChange> changes;
    const Jsonb* undo;  // how the target stood before; nullptr: nothing is needed to undo it
};

struct JoinOutcome {
    std::optional<Joined> joined;
    NotJoined reason = NotJoined::empty;
};

class Join {
  public:
    // `if_match`: the etag that the owner's cart must have.
    Join(const Caller& caller, const store::Owner& owner, core::Strategy strategy,
         const store::TenantRules& rules, const store::Circumstances& now,
         std::pmr::memory_resource* memory, const std::optional<std::string_view>& if_match = {})
        : caller_(caller),
          owner_(owner),
          strategy_(strategy),
          rules_(rules),
          now_(now),
          memory_(memory),
          if_match_(if_match) {}

    // Brings the cart that was found, of whatever owner, to this one. Nothing: by the time that it
    // was locked it was another's or had another status, and the caller has to look again.
    [[nodiscard]] std::optional<JoinOutcome> bring(const store::Cart& found);

  private:
    [[nodiscard]] JoinOutcome into(const store::Cart& target, const store::Cart& source);
    [[nodiscard]] JoinOutcome as_first(const store::Cart& source);
    [[nodiscard]] Draft draft_of(const store::StoredLine& line) const;

    const Caller& caller_;
    const store::Owner& owner_;
    core::Strategy strategy_;
    const store::TenantRules& rules_;
    const store::Circumstances& now_;
    std::pmr::memory_resource* memory_;
    std::optional<std::string_view> if_match_;
};

// The contract's "merge" of carts that were joined.
[[nodiscard]] const Jsonb* report_of(const Joined& joined, core::Strategy strategy);

}  // namespace cart::api
