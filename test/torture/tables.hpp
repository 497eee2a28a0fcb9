// What the tables hold in the end, read by a superuser, past the extension.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "torture/call.hpp"
#include "torture/connection.hpp"

namespace cart::torture {

struct StoredCart {
    std::string tenant;
    Text session_hash;  // in hexadecimal digits
    std::int64_t version = 0;
    Text merged_into;
    Content content;
};

struct StoredRequest {
    Etag made;
    int rows = 0;  // more than one where a user took a guest's key over
    bool agree = true;
};

struct StoredMerge {
    Text source;
    Text session_hash;
    std::string strategy;
};

struct Tables {
    std::map<Text, StoredCart> carts = {};
    std::map<std::string, StoredRequest> requests = {};  // by key
    int unknown_requests = 0;                            // of no key that we know
    std::map<Etag, StoredMerge> merges = {};             // by target and its version
    std::vector<std::string> owners_with_two = {};
    std::vector<std::string> complaints = {};  // what cannot be read as ours
};

[[nodiscard]] Tables read_tables(Connection& server, const std::vector<std::string>& tenants,
                                 const std::vector<std::string>& keys, const Catalogue& catalogue);

// The SHA-256 of a token, in hexadecimal digits, as the server computes it.
[[nodiscard]] Text hash_of(Connection& server, const std::string& token);

}  // namespace cart::torture
