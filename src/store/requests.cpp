#include "store/requests.hpp"

#include <algorithm>
#include <string>

#include "store/own_write.hpp"

namespace cart::store::requests {

namespace {

pg::Statement claim_key(
    "INSERT INTO cart.requests AS r (tenant_id, owner_hash, key_hash, arguments_hash, created_at)"
    " VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (tenant_id, owner_hash, key_hash) DO UPDATE"
    " SET arguments_hash = excluded.arguments_hash, cart_id = NULL, version = NULL,"
    " created_at = excluded.created_at WHERE r.created_at < $6 RETURNING true");

pg::Statement find_key(
    "SELECT arguments_hash, cart_id, version FROM cart.requests"
    " WHERE tenant_id = $1 AND owner_hash = $2 AND key_hash = $3");

pg::Statement find_key_of_merged(
    "SELECT r.arguments_hash, r.cart_id, r.version"
    " FROM cart.merges m JOIN cart.requests r"
    " ON r.tenant_id = m.tenant_id AND r.owner_hash = m.session_owner AND r.key_hash = $4"
    " WHERE m.tenant_id = $1 AND m.user_id = $2 AND m.till_id = $3 AND r.created_at >= $5"
    " ORDER BY m.merged_at DESC LIMIT 1");

pg::Statement complete_key(
    "UPDATE cart.requests SET cart_id = $4, version = $5"
    " WHERE tenant_id = $1 AND owner_hash = $2 AND key_hash = $3");

MadeRequest made_from(const pg::Row& row) {
    MadeRequest made{};
    const pg::Bytes arguments = row.optional_bytes(1).value_or(pg::Bytes());
    std::copy_n(arguments.begin(), std::min(arguments.size(), made.arguments.size()),
                made.arguments.begin());
    made.cart_id = row.optional_uuid(2);
    if (!row.is_null(3)) {
        made.version = row.number(3);
    }
    return made;
}

}  // namespace

ShortHash owner_hash(const Owner& owner) {
    const std::string named = text_of(owner);
    const auto digest = core::port::sha256(std::as_bytes(std::span(named)));
    ShortHash short_hash{};
    std::copy_n(digest.begin(), short_hash.size(), short_hash.begin());
    return short_hash;
}

std::optional<MadeRequest> claim(std::string_view tenant, const RequestKey& request,
                                 TimestampTz oldest, const Circumstances& now) {
    const OwnWrite own;
    const auto claimed = claim_key.run(
        {pg::argument(tenant), pg::argument(pg::Bytes(request.owner)),
         pg::argument(pg::Bytes(request.key)), pg::argument(pg::Bytes(request.arguments)),
         pg::timestamp_argument(now.now), pg::timestamp_argument(oldest)});
    if (!claimed.empty()) {
        return std::nullopt;
    }
    const auto rows = find_key.run({pg::argument(tenant), pg::argument(pg::Bytes(request.owner)),
                                    pg::argument(pg::Bytes(request.key))});
    return rows.empty() ? std::nullopt : std::optional(made_from(rows[0]));
}

std::optional<MadeRequest> find_merged(const Owner& user, const RequestKey& request,
                                       TimestampTz oldest) {
    const auto rows = find_key_of_merged.run(
        {pg::argument(user.tenant), pg::argument(user.user), pg::argument(user.till),
         pg::argument(pg::Bytes(request.key)), pg::timestamp_argument(oldest)});
    return rows.empty() ? std::nullopt : std::optional(made_from(rows[0]));
}

void complete(std::string_view tenant, const RequestKey& request,
              const std::optional<pg::Uuid>& cart_id, const std::optional<std::int64_t>& version) {
    const OwnWrite own;
    (void)complete_key.run({pg::argument(tenant), pg::argument(pg::Bytes(request.owner)),
                            pg::argument(pg::Bytes(request.key)), pg::argument(cart_id),
                            pg::argument(version)});
}

}  // namespace cart::store::requests
