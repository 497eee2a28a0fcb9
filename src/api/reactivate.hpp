// How a cart that was set aside, drafted or abandoned becomes its owner's active one again, though
// the owner may have another by now.
#pragma once

#include <functional>
#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

#include "core/change.hpp"
#include "store/carts.hpp"
#include "store/rules.hpp"

namespace cart::api {

// What becomes of the active cart that is in the way.
enum class InTheWay : unsigned char {
    hold,
    merge,               // into the cart that comes back; Error(currency_mismatch)
    merge_or_set_aside,  // the same, but in another currency it is set aside as abandoned
    error,               // 23505
};

class Reactivation {
  public:
    // Locks the cart that comes back, and sees that it may: by now another transaction may have
    // taken it. Nothing: it stays what it is.
    using Lock = std::function<std::optional<store::Cart>()>;

    Reactivation(const store::Owner& owner, InTheWay in_the_way, const store::TenantRules& rules,
                 const store::Circumstances& now, std::pmr::memory_resource* memory)
        : owner_(owner),
          in_the_way_(in_the_way),
          rules_(rules),
          now_(now),
          memory_(memory),
          changes_(memory) {}

    // Takes the owner's active cart, or its place, and then the one that comes back: all who take
    // several carts take active ones first.
    [[nodiscard]] std::optional<store::Cart> run(const Lock& lock);

    // The lines that the cart has got from the one in the way.
    [[nodiscard]] std::span<const core::LineChange> changes() const { return changes_; }

  private:
    store::Cart replace(const store::Cart& active, const store::Cart& cart);
    store::Cart merge(const store::Cart& active, const store::Cart& cart);
    store::Cart set_aside(const store::Cart& active, const store::Cart& cart);

    const store::Owner& owner_;
    InTheWay in_the_way_;
    const store::TenantRules& rules_;
    const store::Circumstances& now_;
    std::pmr::memory_resource* memory_;
    std::pmr::vector<core::LineChange> changes_;
};

}  // namespace cart::api
