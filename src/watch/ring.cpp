#include "watch/ring.hpp"

#include <algorithm>
#include <string>

namespace cart::watch {

using store::events::Event;

Ring::Place* Ring::claim(std::atomic<std::uint64_t>& end, std::uint64_t waits_for) noexcept {
    std::uint64_t at = end.load(std::memory_order_relaxed);
    for (;;) {
        Place& place = places_[at % size];
        const std::uint64_t wanted = 2 * (at / size) + waits_for;
        const std::uint64_t turn = place.turn.load(std::memory_order_acquire);
        if (turn < wanted) {
            return nullptr;
        }
        if (turn == wanted && end.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) {
            return &place;
        }
        if (turn > wanted) {
            at = end.load(std::memory_order_relaxed);  // somebody else was faster
        }
    }
}

bool Ring::put(const Event& event) noexcept {
    Place* const place = event.tenant.size() > store::max_identifier ? nullptr : claim(head_, 0);
    if (place == nullptr) {
        return false;
    }
    place->kind = event.kind;
    place->tenant_bytes = static_cast<std::uint16_t>(event.tenant.size());
    std::ranges::copy(event.tenant, place->tenant.begin());
    place->cart = event.cart;
    place->version = event.version;
    place->turn.fetch_add(1, std::memory_order_release);
    return true;
}

std::optional<Event> Ring::take() {
    Place* const place = claim(tail_, 1);
    if (place == nullptr) {
        return std::nullopt;
    }
    Event event{.kind = place->kind,
                .tenant = std::string(place->tenant.data(), place->tenant_bytes),
                .cart = place->cart,
                .version = place->version};
    place->turn.fetch_add(1, std::memory_order_release);
    return event;
}

bool Ring::is_empty() const noexcept {
    return head_.load(std::memory_order_seq_cst) == tail_.load(std::memory_order_seq_cst);
}

}  // namespace cart::watch
