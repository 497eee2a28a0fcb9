#include "torture/catalogue.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "torture/connection.hpp"

namespace cart::torture {

namespace {

using Spellings = std::vector<std::vector<std::string>>;

// One row an identity. By doc/items.md, the members of a row match, and no two rows do.
const Spellings& spellings_of_identities() {
    static const Spellings all = {
        {R"({"product_id":"mug","options":{"color":"red","size":"L"}})",
         R"({"options":{"size":"L","color":"red","engraving":""},"product_id":" mug "})",
         R"({"product_id":"mug","options":[{"name":"size","value":"L"},{"name":"color","value":"red"}]})"},
        {R"({"product_id":"mug","options":{"color":"blue"}})"},
        {R"({"product_id":"mug","options":{"color":"Blue"}})"},
        {R"({"product_id":"mug"})", R"({"product_id":"mug","options":{}})",
         R"({"product_id":"mug","options":null,"variant_id":"","dimensions":[]})"},
        {R"({"product_id":"mug","options":{"gift":false}})"},
        {R"({"product_id":7})", R"({"product_id":"7"})", R"({"product_id":7.0})"},
        {R"({"product_id":"007"})"},
        {R"({"product_id":"Caf\u00e9"})", R"({"product_id":"Cafe\u0301"})",
         R"({"product_id":"\u00a0Café "})"},
        {R"({"product_id":"shelf","dimensions":{"w":"10cm","h":20}})",
         R"({"product_id":"shelf","dimensions":{"h":"20.0","w":{"value":100,"unit":"mm"}}})",
         R"({"dimensions":{"w":"0.1 m","h":2e1},"product_id":"shelf"})"},
        {R"({"product_id":"shelf","dimensions":{"w":10,"h":20}})",
         R"({"product_id":"shelf","dimensions":{"w":"10.0","h":"2e1"}})"},
        {R"({"product_id":"rope","dimensions":"1 yd"})",
         R"({"product_id":"rope","dimensions":"914.4 mm"})",
         R"({"product_id":"rope","dimensions":"36in"})",
         R"({"product_id":"rope","dimensions":"3 ft"})"},
        {R"({"product_id":"rope","dimensions":"1kg"})",
         R"({"product_id":"rope","dimensions":"1000 g"})"},
        {R"({"product_id":"rope","dimensions":"1m"})",
         R"({"product_id":"rope","dimensions":"100cm"})"},
        {R"({"product_id":"shoe","options":{"size":10}})",
         R"({"product_id":"shoe","options":{"size":1e1}})"},
        {R"({"product_id":"shoe","options":{"size":"10"}})"},
        {R"({"product_id":"shoe","options":{"extras":["gift","engrave"]}})",
         R"({"product_id":"shoe","options":{"extras":["engrave","gift"]}})"},
        {R"({"product_id":"box","options":["a","a"]})"},
        {R"({"product_id":"box","options":["a"]})"},
        {R"({"product_id":"box","dimensions":[1,2]})"},
        {R"({"product_id":"box","dimensions":[2,1]})"},
        {R"({"product_id":"shirt","variant_id":3})", R"({"product_id":"shirt","variant_id":"3"})"},
        {R"({"product_id":"shirt","material":"wool"})"},
        {R"({"product_id":"shirt","material":"Wool"})"},
        {R"({"product_id":"tea"})"},
    };
    return all;
}

constexpr auto identity_members = {"product_id", "variant_id", "dimensions", "material", "options"};

}  // namespace

Catalogue::Catalogue(Connection& server) {
    for (const auto& spellings : spellings_of_identities()) {
        Identity identity;
        for (const std::string& sent : spellings) {
            const Rows rows = server.rows(
                {"SELECT $1::jsonb::text, public.cart_item_key($1::jsonb)::text", {sent}});
            identity.spellings.push_back({.sent = sent, .stored = *rows.at(0).at(0)});
            const std::string& key = *rows.at(0).at(1);
            if (!identity.key.empty() && identity.key != key) {
                throw std::runtime_error("one identity, another key: " + sent);
            }
            identity.key = key;
        }
        if (!by_key_.emplace(identity.key, size()).second) {
            throw std::runtime_error("two identities, one key: " + spellings.front());
        }
        identities_.push_back(identity);
    }
}

int Catalogue::identity_of(std::string_view key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? -1 : found->second;
}

std::string Catalogue::sent(const GivenItem& item) const {
    std::string json = identities_[item.identity].spellings[item.spelling].sent;
    json.pop_back();
    json += R"(,"note":")" + note(item.note) + '"';
    if (item.quantity != absent) {
        json += R"(,"quantity":)" + to_string(item.quantity);
    }
    if (item.price != absent) {
        json += R"(,"unit_price":)" + to_string(item.price);
    }
    return json + "}";
}

std::string Catalogue::identity_changes(int identity, int spelling) const {
    auto changes = nlohmann::json::parse(identities_[identity].spellings[spelling].stored);
    for (const char* member : identity_members) {
        changes.emplace(member, nullptr);
    }
    return changes.dump();
}

Text Catalogue::members(const GivenItem& item) const {
    auto members =
        nlohmann::json::parse(identities_[item.identity].spellings[item.spelling].stored);
    members["note"] = note(item.note);
    return Text(members.dump());
}

}  // namespace cart::torture
