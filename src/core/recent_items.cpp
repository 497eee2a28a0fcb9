#include "core/recent_items.hpp"

#include <functional>

namespace cart::core {

std::size_t RecentItems::place_of(std::string_view bytes) noexcept {
    return std::hash<std::string_view>()(bytes) % places;
}

const Item* RecentItems::find(std::string_view bytes, const MatchOn& match_on) const {
    if (kept_.empty() || bytes.size() > max_bytes) {
        return nullptr;
    }
    const auto& kept = kept_[place_of(bytes)];
    return kept && kept->bytes == bytes && kept->match_on == match_on ? &kept->item : nullptr;
}

void RecentItems::keep(std::string_view bytes, const MatchOn& match_on, const Item& item) {
    if (bytes.size() > max_bytes) {
        return;
    }
    kept_.resize(places);
    kept_[place_of(bytes)] = Kept{.bytes = std::string(bytes), .match_on = match_on, .item = item};
}

}  // namespace cart::core
