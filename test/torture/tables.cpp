#include "torture/tables.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

namespace cart::torture {

namespace {

Text text_of(const std::optional<std::string>& value) { return Text(value.value_or("")); }

// Keys, secrets and tenants are plain: letters, digits, minus and low line.
std::string array_of(const std::vector<std::string>& texts) {
    std::string array = "{";
    for (const std::string& text : texts) {
        array += (array.size() > 1 ? "," : "") + text;
    }
    return array + '}';
}

void read_carts(Tables& tables, Connection& server, const std::string& tenants) {
    const Rows rows = server.rows(
        {"SELECT cart_id, tenant_id, user_id, encode(session_hash, 'hex'), status, version,"
         " merged_into, currency, label, metadata, order_ref FROM cart.carts"
         " WHERE tenant_id = ANY ($1)",
         {tenants}});
    for (const auto& row : rows) {
        tables.carts[text_of(row[0])] = {
            .tenant = *row[1],
            .session_hash = text_of(row[3]),
            .version = std::stoll(*row[5]),
            .merged_into = text_of(row[6]),
            .content = {.user = text_of(row[2]),
                        .status = text_of(row[4]),
                        .currency = text_of(row[7]),
                        .label = text_of(row[8]),
                        .order_ref = text_of(row[10]),
                        .metadata = Text(nlohmann::json::parse(*row[9]).dump()),
                        .lines = {}}};
    }
}

// A whole number of thousandths; anything finer is a complaint.
Amount exact(Tables& tables, const std::optional<std::string>& text) {
    Amount amount = absent;
    if (text) {
        const auto [end, error] =
            std::from_chars(text->data(), text->data() + text->size(), amount);
        if (error != std::errc() || end != text->data() + text->size()) {
            tables.complaints.push_back("a quantity or price of " + *text + " thousandths");
        }
    }
    return amount;
}

void read_items(Tables& tables, Connection& server, const std::string& tenants,
                const Catalogue& catalogue) {
    const Rows rows = server.rows(
        {"SELECT cart_id, item_key, trim_scale(quantity * 1000), trim_scale(unit_price * 1000),"
         " item FROM cart.items WHERE tenant_id = ANY ($1) ORDER BY cart_id, position",
         {tenants}});
    for (const auto& row : rows) {
        const Line line{.identity = catalogue.identity_of(*row[1]),
                        .quantity = exact(tables, row[2]),
                        .price = exact(tables, row[3]),
                        .members = own_members(*row[4])};
        tables.carts[text_of(row[0])].content.lines.push_back(line);
    }
}

void read_drafts(Tables& tables, Connection& server, const std::string& tenants) {
    const Rows rows =
        server.rows({"SELECT cart_id, trim_scale((frozen #>> '{totals,total}')::numeric * 1000)"
                     " FROM cart.drafts JOIN cart.carts USING (tenant_id, cart_id)"
                     " WHERE tenant_id = ANY ($1) AND status IN ('checkout', 'ordered')",
                     {tenants}});
    for (const auto& row : rows) {
        tables.carts[text_of(row[0])].frozen = exact(tables, row[1]);
    }
}

void read_links(Tables& tables, Connection& server, const std::string& tenants,
                const std::vector<std::string>& links) {
    const Rows rows =
        server.rows({"SELECT s.secret, l.cart_id, l.opened_at IS NOT NULL FROM cart.links l"
                     " LEFT JOIN unnest($2::text[]) s (secret)"
                     " ON sha256(convert_to(s.secret, 'UTF8')) = l.link_hash"
                     " WHERE l.tenant_id = ANY ($1)",
                     {tenants, array_of(links)}});
    for (const auto& row : rows) {
        const bool is_opened = *row[2] == "t";
        if (row[0]) {
            tables.links[*row[0]] = {.cart = text_of(row[1]), .is_opened = is_opened};
        } else {
            tables.unknown_links_opened += is_opened ? 1 : 0;
        }
    }
}

void read_requests(Tables& tables, Connection& server, const std::string& tenants,
                   const std::vector<std::string>& keys) {
    const Rows rows =
        server.rows({"SELECT k.key, r.cart_id, coalesce(r.version, 0) FROM cart.requests r"
                     " LEFT JOIN unnest($2::text[]) k (key)"
                     " ON substr(sha256(convert_to(k.key, 'UTF8')), 1, 16) = r.key_hash"
                     " WHERE r.tenant_id = ANY ($1)",
                     {tenants, array_of(keys)}});
    for (const auto& row : rows) {
        if (!row[0]) {
            ++tables.unknown_requests;
            continue;
        }
        StoredRequest& request = tables.requests[*row[0]];
        const Etag made{.cart = text_of(row[1]), .version = std::stoll(*row[2])};
        request.agree = request.agree && (request.rows == 0 || request.made == made);
        request.made = made;
        ++request.rows;
    }
}

void read_merges(Tables& tables, Connection& server, const std::string& tenants) {
    const Rows rows =
        server.rows({"SELECT target_cart_id, target_version, source_cart_id,"
                     " encode(session_hash, 'hex'), strategy FROM cart.merges"
                     " WHERE tenant_id = ANY ($1)",
                     {tenants}});
    for (const auto& row : rows) {
        tables.merges[{.cart = text_of(row[0]), .version = std::stoll(*row[1])}] = {
            .source = text_of(row[2]), .session_hash = text_of(row[3]), .strategy = *row[4]};
    }
}

void read_owners(Tables& tables, Connection& server) {
    for (const auto& row :
         server.rows({"SELECT concat_ws(' ', tenant_id, user_id, till_id, encode(session_hash,"
                      " 'hex')) FROM cart.carts WHERE status = 'active'"
                      " GROUP BY tenant_id, user_id, till_id, session_hash HAVING count(*) > 1"})) {
        tables.owners_with_two.push_back(row[0].value_or(""));
    }
}

void read_order_refs(Tables& tables, Connection& server) {
    for (const auto& row : server.rows({"SELECT concat_ws(' ', tenant_id, order_ref)"
                                        " FROM cart.carts WHERE status IN ('checkout', 'ordered')"
                                        " AND order_ref IS NOT NULL"
                                        " GROUP BY tenant_id, order_ref HAVING count(*) > 1"})) {
        tables.repeated_order_refs.push_back(row[0].value_or(""));
    }
}

}  // namespace

Tables read_tables(Connection& server, const std::vector<std::string>& tenants,
                   const std::vector<std::string>& keys, const std::vector<std::string>& links,
                   const Catalogue& catalogue) {
    Tables tables;
    // Past the indexes, which a defect might have spoilt.
    server.rows({"SET enable_indexscan = off"});
    server.rows({"SET enable_indexonlyscan = off"});
    server.rows({"SET enable_bitmapscan = off"});
    const std::string array = array_of(tenants);
    read_carts(tables, server, array);
    read_items(tables, server, array, catalogue);
    read_drafts(tables, server, array);
    read_links(tables, server, array, links);
    read_requests(tables, server, array, keys);
    read_merges(tables, server, array);
    read_owners(tables, server);
    read_order_refs(tables, server);
    tables.notes = read_notes(server);
    return tables;
}

Text hash_of(Connection& server, const std::string& token) {
    return text_of(
        server.rows({"SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')", {token}})[0][0]);
}

}  // namespace cart::torture
