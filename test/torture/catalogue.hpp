// What can be bought: items with known identities, each in several spellings that must match.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "torture/amount.hpp"
#include "torture/text.hpp"

namespace cart::torture {

class Connection;

// An item as a call gives it.
struct GivenItem {
    int identity = 0;
    int spelling = 0;
    int note = 0;
    Amount quantity = absent;
    Amount price = absent;
};

class Catalogue {
  public:
    // Asks the server how jsonb writes each spelling, and for its key. Throws std::runtime_error
    // where spellings of one identity have different keys, or two identities the same.
    explicit Catalogue(Connection& server);

    [[nodiscard]] int size() const { return static_cast<int>(identities_.size()); }
    [[nodiscard]] int spellings(int identity) const {
        return static_cast<int>(identities_[identity].spellings.size());
    }
    [[nodiscard]] const std::string& key(int identity) const { return identities_[identity].key; }
    // The identity that has this item_key; -1: none.
    [[nodiscard]] int identity_of(std::string_view key) const;

    // The item as JSON to be sent, with or without its quantity.
    [[nodiscard]] std::string sent(const GivenItem& item) const;
    // The changes that make any item one of this spelling.
    [[nodiscard]] std::string identity_changes(int identity, int spelling) const;
    // The item's own members as the tables hold them: a JSON object.
    [[nodiscard]] Text members(const GivenItem& item) const;

    static constexpr int notes = 8;
    static std::string note(int number) { return "note " + std::to_string(number); }

  private:
    struct Spelling {
        std::string sent;
        std::string stored;
    };
    struct Identity {
        std::string key;
        std::vector<Spelling> spellings;
    };
    std::vector<Identity> identities_;
    std::map<std::string, int, std::less<>> by_key_;
};

}  // namespace cart::torture
