#include "torture/board.hpp"

#include <utility>

namespace cart::torture {

void Board::put(const std::string& tenant, Shelf shelf, Offer offer) {
    const std::scoped_lock lock(mutex_);
    auto& offers = shelves_[tenant][static_cast<std::size_t>(shelf)];
    offers.push_back(std::move(offer));
    if (offers.size() > most_offers) {
        offers.pop_front();
    }
}

std::optional<Offer> Board::take(const std::string& tenant, Shelf shelf, Random& random) {
    const std::scoped_lock lock(mutex_);
    auto& offers = shelves_[tenant][static_cast<std::size_t>(shelf)];
    if (offers.empty()) {
        return std::nullopt;
    }
    const auto place = static_cast<std::ptrdiff_t>(random() % offers.size());
    const Offer offer = offers[place];
    if (random() % 2 == 0) {
        offers.erase(offers.begin() + place);
    }
    return offer;
}

}  // namespace cart::torture
