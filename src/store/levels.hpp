// Who may call which function: the contract's level column.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace cart::store {

// Each includes those before it.
enum class Level : unsigned char { shopper, application, admin };

[[nodiscard]] std::string_view name_of(Level level) noexcept;
[[nodiscard]] std::optional<Level> read_level(std::string_view name) noexcept;

struct LeveledFunction {
    std::string_view name;
    Level level;
};

// Those that one may call below admin; all others are the admin's.
[[nodiscard]] std::span<const LeveledFunction> leveled_functions() noexcept;

// What a level may do with a table of schema cart directly, in the order of the alphabet; empty:
// nothing.
[[nodiscard]] std::string_view table_privileges(Level level, std::string_view table) noexcept;

}  // namespace cart::store
