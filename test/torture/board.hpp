// Carts that wait for somebody: held, in checkout, abandoned, sent by mail. Clients post what they
// have set aside, and take what others have, so that they meet at the same carts.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include "torture/written.hpp"

namespace cart::torture {

enum class Shelf : unsigned char { held, drafts, abandoned, links };

struct Offer {
    int owner = -1;  // when it was posted
    Etag at = {};
    std::string link = {};
};

// Any thread may use it.
class Board {
  public:
    using Random = std::mt19937_64;

    void put(const std::string& tenant, Shelf shelf, Offer offer);
    // One of the newer ones. Half of them stay, so that others take them, too.
    [[nodiscard]] std::optional<Offer> take(const std::string& tenant, Shelf shelf, Random& random);

  private:
    static constexpr std::size_t most_offers = 12;
    std::mutex mutex_;
    std::map<std::string, std::array<std::deque<Offer>, 4>> shelves_;  // by tenant
};

}  // namespace cart::torture
