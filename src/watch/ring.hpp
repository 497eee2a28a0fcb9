// Events of committed transactions on their way to the notifier of their database: a ring in shared
// memory, into which nobody waits to put something. What finds no room is counted, and lost.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "store/circumstances.hpp"
#include "store/events.hpp"

namespace cart::watch {

// Zeroed memory is an empty ring. Any number of processes put into it and take from it at once.
class Ring {
  public:
    // False: it is full.
    [[nodiscard]] bool put(const store::events::Event& event) noexcept;
    [[nodiscard]] std::optional<store::events::Event> take();
    [[nodiscard]] bool is_empty() const noexcept;

  private:
    static constexpr std::uint64_t size = 1024;

    // `turn` is even while the place waits to be filled and odd while it waits to be emptied, and
    // rises by two with each lap.
    struct Place {
        std::atomic<std::uint64_t> turn;
        store::events::Kind kind;
        std::uint16_t tenant_bytes;
        std::array<char, store::max_identifier> tenant;
        pg::Uuid cart;
        std::int64_t version;
    };

    // Claims the next place behind `end` that waits for this; nullptr where there is none.
    Place* claim(std::atomic<std::uint64_t>& end, std::uint64_t waits_for) noexcept;

    alignas(64) std::atomic<std::uint64_t> head_;  // the next to be filled
    alignas(64) std::atomic<std::uint64_t> tail_;  // the next to be emptied
    std::array<Place, size> places_;
};

}  // namespace cart::watch
