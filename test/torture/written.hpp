// What a call wrote, noted down beside it in its own transaction: resuming a sale may set another
// one aside, of which the answer says nothing, and whoever was hung up on was told nothing at all.
//
// A function of the program's, called in the statement of the call, looks which rows of cart.carts
// the transaction has written, and keeps them in a table of the program's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "torture/connection.hpp"
#include "torture/text.hpp"

namespace cart::torture {

// A cart at a version; no cart has version 0.
struct Etag {
    Text cart = {};
    std::int64_t version = 0;
    auto operator<=>(const Etag&) const = default;
    [[nodiscard]] std::string str() const {
        return cart.empty() ? "0" : cart.str() + ':' + std::to_string(version);
    }
};

struct Written {
    Etag at = {};
    Text status = {};
};
using AllWritten = std::vector<Written>;

// Makes schema torture, with the table and the function.
void make_notes(Connection& server);
// All that was noted, by the calls' marks.
[[nodiscard]] std::map<std::string, AllWritten> read_notes(Connection& server);
// What the function answers.
[[nodiscard]] AllWritten read_written(const std::string& json);

}  // namespace cart::torture
