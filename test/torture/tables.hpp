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
    Amount frozen = absent;  // the total of a draft or an order
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

struct StoredLink {
    Text cart;
    bool is_opened = false;
};

struct Tables {
    std::map<Text, StoredCart> carts = {};
    std::map<std::string, StoredRequest> requests = {};  // by key
    int unknown_requests = 0;                            // of no key that we know
    std::map<Etag, StoredMerge> merges = {};             // by target and its version
    std::map<std::string, AllWritten> notes = {};        // what calls wrote, by their marks
    std::map<std::string, StoredLink> links = {};        // by secret
    int unknown_links_opened = 0;
    std::vector<std::string> owners_with_two = {};
    std::vector<std::string> repeated_order_refs = {};
    std::vector<std::string> complaints = {};  // what cannot be read as ours
};

[[nodiscard]] Tables read_tables(Connection& server, const std::vector<std::string>& tenants,
                                 const std::vector<std::string>& keys,
                                 const std::vector<std::string>& links, const Catalogue& catalogue);

// The SHA-256 of a token, in hexadecimal digits, as the server computes it.
[[nodiscard]] Text hash_of(Connection& server, const std::string& token);

}  // namespace cart::torture
