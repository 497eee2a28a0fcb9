#include "torture/written.hpp"

#include <nlohmann/json.hpp>

namespace cart::torture {

namespace {

constexpr const char* make_table =
    "CREATE TABLE IF NOT EXISTS torture.written"
    " (mark text, cart_id uuid, version bigint, status text)";

// Among the carts that the answer names and all others of the same owner: the indexes find these
// quickly. What else the call might have written shows as a version that nobody made.
constexpr const char* make_function = R"(
CREATE OR REPLACE FUNCTION torture.written(mark text, tenant text, answer jsonb, other uuid)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    shown uuid := coalesce(answer #>> '{cart,cart_id}', answer ->> 'cart_id');
    source uuid := coalesce((answer #>> '{merge,source_cart_id}')::uuid, other);
    own xid := pg_current_xact_id_if_assigned()::xid;
    owner record;
    result jsonb;
BEGIN
    SELECT user_id, session_hash INTO owner
    FROM cart.carts WHERE tenant_id = tenant AND cart_id = shown;
    WITH mine AS (
        SELECT cart_id, version, status FROM cart.carts
        WHERE tenant_id = tenant AND cart_id IN (shown, source) AND xmin = own
        UNION
        SELECT cart_id, version, status FROM cart.carts
        WHERE tenant_id = tenant AND user_id = owner.user_id AND xmin = own
        UNION
        SELECT cart_id, version, status FROM cart.carts
        WHERE tenant_id = tenant AND session_hash = owner.session_hash AND xmin = own),
    noted AS (INSERT INTO torture.written SELECT mark, m.* FROM mine m RETURNING *)
    SELECT coalesce(jsonb_agg(to_jsonb(noted)), '[]') INTO result FROM noted;
    RETURN result;
END $$)";

}  // namespace

void make_notes(Connection& server) {
    server.rows({"CREATE SCHEMA IF NOT EXISTS torture"});
    server.rows({make_table});
    server.rows({make_function});
}

std::map<std::string, AllWritten> read_notes(Connection& server) {
    std::map<std::string, AllWritten> notes;
    for (const auto& row :
         server.rows({"SELECT mark, cart_id, version, status FROM torture.written"})) {
        notes[*row[0]].push_back({.at = {.cart = Text(*row[1]), .version = std::stoll(*row[2])},
                                  .status = Text(*row[3])});
    }
    return notes;
}

AllWritten read_written(const std::string& json) {
    AllWritten all;
    for (const auto& row : nlohmann::json::parse(json)) {
        all.push_back({.at = {.cart = Text(row.at("cart_id").get<std::string>()),
                              .version = row.at("version")},
                       .status = Text(row.at("status").get<std::string>())});
    }
    return all;
}

}  // namespace cart::torture
