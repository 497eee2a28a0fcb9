#include "torture/kind.hpp"

#include <algorithm>
#include <array>

namespace cart::torture {

namespace {

constexpr std::array<const char*, kinds> kind_names = {"add",
                                                       "add_items",
                                                       "update",
                                                       "remove",
                                                       "clear",
                                                       "set",
                                                       "apply",
                                                       "touch",
                                                       "merge",
                                                       "unmerge",
                                                       "reconcile",
                                                       "get",
                                                       "hold",
                                                       "held",
                                                       "resume",
                                                       "checkout",
                                                       "checkout_complete",
                                                       "checkout_cancel",
                                                       "restore",
                                                       "link_create",
                                                       "link_open",
                                                       "abandon"};

}  // namespace

const char* name_of(Kind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

std::optional<Kind> kind_of(const std::string& name) {
    const auto* found = std::ranges::find(kind_names, name);
    return found == kind_names.end() ? std::nullopt
                                     : std::optional(static_cast<Kind>(found - kind_names.begin()));
}

bool writes(Kind kind) {
    return kind != Kind::get && kind != Kind::touch && kind != Kind::held &&
           kind != Kind::link_create;
}

bool takes_key(Kind kind) { return writes(kind) && kind != Kind::unmerge && kind != Kind::abandon; }

bool takes_if_match(Kind kind) { return takes_key(kind) && kind != Kind::merge; }

bool moves(Kind kind) {
    switch (kind) {
        case Kind::merge:
        case Kind::unmerge:
        case Kind::hold:
        case Kind::resume:
        case Kind::checkout:
        case Kind::link_open:
        case Kind::abandon:
            return true;
        default:
            return moves_named(kind);
    }
}

bool may_do_nothing(Kind kind) {
    return kind == Kind::update || kind == Kind::remove || kind == Kind::clear ||
           kind == Kind::set || kind == Kind::apply;
}

bool moves_named(Kind kind) {
    return kind == Kind::complete || kind == Kind::cancel || kind == Kind::restore;
}

}  // namespace cart::torture
