// Items that were read before: what popular products are added again and again by is the same
// document each time, and reading it to its key costs more than finding it again.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/item.hpp"

namespace cart::core {

// A bounded number of documents, each with what read_item() made of it. A document has one place
// that it can have, by its hash, and leaves it to the next one that wants it.
class RecentItems {
  public:
    // At most so many documents are kept, of at most so many bytes.
    static constexpr std::size_t places = 256;
    static constexpr std::size_t max_bytes = 1024;

    // What was kept for these bytes under these rules, until keep() is called again; or nullptr.
    [[nodiscard]] const Item* find(std::string_view bytes, const MatchOn& match_on) const;
    // A document that is too long is not kept.
    void keep(std::string_view bytes, const MatchOn& match_on, const Item& item);

  private:
    struct Kept {
        std::string bytes;
        MatchOn match_on;
        Item item;
    };
    [[nodiscard]] static std::size_t place_of(std::string_view bytes) noexcept;

    std::vector<std::optional<Kept>> kept_;  // empty until something is kept
};

}  // namespace cart::core
