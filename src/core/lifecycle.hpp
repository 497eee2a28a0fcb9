// The statuses of a cart, and which may follow which: the only place that knows.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace cart::core {

enum class Status : unsigned char {
    active,     // its owner fills it
    held,       // set aside at the till
    checkout,   // a draft order: frozen until it is paid or given up
    ordered,    // an order: never changed again
    merged,     // gone into another cart
    abandoned,  // nobody came back for it
};

// What a status is called in the tables.
[[nodiscard]] std::string_view name_of(Status status) noexcept;
[[nodiscard]] std::optional<Status> read_status(std::string_view name) noexcept;

struct Transition {
    Status from;
    Status to;
    std::string_view by;  // the calls that do it
};

// All there are.
[[nodiscard]] std::span<const Transition> transitions() noexcept;

// Whether a cart of the one status may be given the other. To stay what it is, it always may.
[[nodiscard]] bool may_become(Status from, Status to) noexcept;

// Whether the lines of a cart of that status may change.
[[nodiscard]] constexpr bool is_open(Status status) noexcept { return status == Status::active; }

}  // namespace cart::core
