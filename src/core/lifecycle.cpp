#include "core/lifecycle.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cart::core {

namespace {

constexpr auto names = std::to_array<std::pair<Status, std::string_view>>({
    {Status::active, "active"},
    {Status::held, "held"},
    {Status::checkout, "checkout"},
    {Status::ordered, "ordered"},
    {Status::merged, "merged"},
    {Status::abandoned, "abandoned"},
});

constexpr auto all = std::to_array<Transition>({
    {Status::active, Status::held, "cart_hold, cart_resume"},
    {Status::active, Status::checkout, "cart_checkout"},
    {Status::active, Status::ordered, "cart_checkout_complete, paid late"},
    {Status::active, Status::merged,
     "cart_merge, cart_link_open; into the cart that comes back: cart_resume, cart_reconcile, "
     "cart_checkout_cancel, cart_restore"},
    {Status::active, Status::abandoned,
     "cart_sweep; in another currency: cart_reconcile, cart_checkout_cancel, cart_restore"},
    {Status::held, Status::active, "cart_resume"},
    {Status::held, Status::abandoned, "cart_sweep"},
    {Status::checkout, Status::active, "cart_checkout_cancel, cart_sweep"},
    {Status::checkout, Status::ordered, "cart_checkout_complete"},
    {Status::merged, Status::active, "cart_unmerge"},
    {Status::abandoned, Status::active, "cart_restore, cart_link_open"},
    {Status::abandoned, Status::merged, "cart_link_open"},
});

}  // namespace

std::string_view name_of(Status status) noexcept {
    return std::ranges::find(names, status, [](const auto& pair) { return pair.first; })->second;
}

std::optional<Status> read_status(std::string_view name) noexcept {
    const auto* found =
        std::ranges::find(names, name, [](const auto& pair) { return pair.second; });
    return found == names.end() ? std::nullopt : std::optional(found->first);
}

std::span<const Transition> transitions() noexcept { return all; }

bool may_become(Status from, Status to) noexcept {
    return from == to || std::ranges::any_of(all, [&](const Transition& transition) {
               return transition.from == from && transition.to == to;
           });
}

}  // namespace cart::core
