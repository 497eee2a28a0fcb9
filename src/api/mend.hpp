// Mending one owner's carts: what cart_reconcile does for one, and cart_reconcile_all for many.
#pragma once

#include <memory_resource>
#include <optional>
#include <vector>

#include "core/change.hpp"
#include "store/carts.hpp"
#include "store/rules.hpp"

namespace cart::api {

// What was mended.
struct Mended {
    explicit Mended(std::pmr::memory_resource* memory) : changes(memory) {}

    long long carts_merged = 0;
    long long lines_merged = 0;    // lines that went into another
    long long lines_rekeyed = 0;   // lines whose key follows match_on again
    long long lines_repriced = 0;  // by the catalogue
    long long lines_dropped = 0;
    std::pmr::vector<core::LineChange> changes;

    [[nodiscard]] bool is_changed() const noexcept {
        return carts_merged + lines_merged + lines_rekeyed + lines_repriced + lines_dropped > 0;
    }
    // Adds the counts, not the changes.
    void add(const Mended& other) noexcept;
};

// Makes the owner's active carts one, the oldest of them, and its lines what the rules say. Nothing
// is lost: quantities are summed, whatever the limits. A duplicate in another currency cannot go
// into the cart; it is set aside as abandoned, with its lines. Gives the cart as it then stands;
// nothing where the owner has none.
// `carts` are what lock_all_active() gave.
[[nodiscard]] std::optional<store::Cart> mend(std::vector<store::Cart> carts,
                                              const store::TenantRules& rules,
                                              const store::Circumstances& now, Mended& mended);

}  // namespace cart::api
