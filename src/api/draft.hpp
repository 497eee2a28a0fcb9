// Lines on their way into a cart: decided by core, looked at by the catalogue, then written.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/change.hpp"
#include "store/items.hpp"

namespace cart::api {

struct Draft {
    store::LineToWrite row;
    core::LineChange change;                    // what the answer will say of it
    std::optional<std::size_t> index = {};      // the item of the call that it came with
    bool stands = false;                        // the cart has a line under this key
    bool is_changed = true;                     // it has to be written
    bool is_repriced = false;                   // the catalogue has changed it
    std::optional<std::int64_t> position = {};  // of a line that moves; nothing: at the end
    std::optional<TimestampTz> added_at = {};

    [[nodiscard]] bool is_dropped() const noexcept {
        return change.action == core::Action::dropped;
    }
};

// A line that stands in the cart and stays as it is, unless the catalogue has its say.
[[nodiscard]] Draft standing(const store::StoredLine& line);

// Writes the drafts into the cart, which this transaction has locked: those that are changed, and
// dropped ones that stand there are taken out. New lines get the positions after `last_position`.
void write(const store::Cart& cart, std::span<const Draft> drafts, std::int64_t last_position,
           const store::Circumstances& now);

}  // namespace cart::api
