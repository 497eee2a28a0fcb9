// The calls that clients make, and what is peculiar to each.
#pragma once

#include <optional>
#include <string>

namespace cart::torture {

enum class Kind : unsigned char {
    add,
    add_items,
    update,
    remove,
    clear,
    set,
    apply,
    touch,
    merge,
    unmerge,
    reconcile,
    get,
    hold,
    held,
    resume,
    checkout,
    complete,
    cancel,
    restore,
    link_create,
    link_open,
    abandon  // no call, but a direct UPDATE
};
inline constexpr int kinds = 22;
[[nodiscard]] const char* name_of(Kind kind);
[[nodiscard]] std::optional<Kind> kind_of(const std::string& name);

// Whether it may change a cart.
[[nodiscard]] bool writes(Kind kind);
[[nodiscard]] bool takes_key(Kind kind);
[[nodiscard]] bool takes_if_match(Kind kind);
// Whether it may give a cart another status or owner.
[[nodiscard]] bool moves(Kind kind);
// Whether a brief answer leaves open that it found nothing to do.
[[nodiscard]] bool may_do_nothing(Kind kind);
// Whether it moves the cart that it names, which needs no owner to be passed; also a hold may.
[[nodiscard]] bool moves_named(Kind kind);

}  // namespace cart::torture
