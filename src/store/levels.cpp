#include "store/levels.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cart::store {

namespace {

constexpr auto names = std::to_array<std::pair<Level, std::string_view>>({
    {Level::shopper, "shopper"},
    {Level::application, "application"},
    {Level::admin, "admin"},
});

// Staff are shoppers whose claims say so.
constexpr auto functions = std::to_array<LeveledFunction>({
    {"cart_item_key", Level::shopper},
    {"cart_items_match", Level::shopper},
    {"cart_items_merge", Level::shopper},
    {"cart_totals", Level::shopper},
    {"cart_session_create", Level::shopper},
    {"cart_get", Level::shopper},
    {"cart_list", Level::shopper},
    {"cart_touch", Level::shopper},
    {"cart_add", Level::shopper},
    {"cart_add_items", Level::shopper},
    {"cart_update", Level::shopper},
    {"cart_remove", Level::shopper},
    {"cart_clear", Level::shopper},
    {"cart_apply", Level::shopper},
    {"cart_set", Level::shopper},
    {"cart_apply_code", Level::shopper},
    {"cart_merge", Level::shopper},
    {"cart_reconcile", Level::shopper},
    {"cart_reprice", Level::shopper},
    {"cart_hold", Level::shopper},
    {"cart_held", Level::shopper},
    {"cart_resume", Level::shopper},
    {"cart_checkout", Level::shopper},
    {"cart_checkout_cancel", Level::shopper},
    {"cart_restore", Level::shopper},
    {"cart_link_open", Level::shopper},
    {"cart_is_application", Level::shopper},
    {"cart_is_visible", Level::shopper},
    {"cart_application", Level::application},
    {"cart_set_discount", Level::application},
    {"cart_unmerge", Level::application},
    {"cart_checkout_complete", Level::application},
    {"cart_link_create", Level::application},
    {"cart_export", Level::application},
    {"cart_forget", Level::application},
});

}  // namespace

std::string_view name_of(Level level) noexcept {
    return std::ranges::find(names, level, [](const auto& pair) { return pair.first; })->second;
}

std::optional<Level> read_level(std::string_view name) noexcept {
    const auto* found =
        std::ranges::find(names, name, [](const auto& pair) { return pair.second; });
    return found == names.end() ? std::nullopt : std::optional(found->first);
}

std::span<const LeveledFunction> leveled_functions() noexcept { return functions; }

std::string_view table_privileges(Level level, std::string_view table) noexcept {
    if (table != "carts" && table != "items") {
        return {};
    }
    return level == Level::shopper ? "SELECT" : "DELETE, INSERT, SELECT, UPDATE";
}

}  // namespace cart::store
