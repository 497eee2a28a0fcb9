#include "store/requests.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "pg/keyed.hpp"
#include "store/own_write.hpp"

namespace cart::store::requests {

namespace {

using pg::Assignment;
using pg::KeyedPlan;
using pg::KeyedStatement;
using pg::to_argument;

constexpr KeyedPlan by_key{.kind = KeyedPlan::Kind::select,
                           .schema = "cart",
                           .table = "requests",
                           .index = "requests_pkey",
                           .keys = "tenant_id, owner_hash, key_hash",
                           .columns = "arguments_hash, cart_id, version, created_at"};

KeyedStatement insert_key(adding(returning(by_key, "key_hash"),
                                 "tenant_id, owner_hash, key_hash, arguments_hash, created_at"));

// Of a key that is there already, or is just being claimed.
pg::Statement claim_key(
    "INSERT INTO cart.requests AS r (tenant_id, owner_hash, key_hash, arguments_hash, created_at)"
    " VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (tenant_id, owner_hash, key_hash) DO UPDATE"
    " SET arguments_hash = excluded.arguments_hash, cart_id = NULL, version = NULL,"
    " created_at = excluded.created_at WHERE r.created_at < $6 RETURNING true");

KeyedStatement find_key(by_key);

constexpr auto outcome =
    std::to_array<Assignment>({to_argument("cart_id", 4), to_argument("version", 5)});
KeyedStatement complete_key(updating(returning(by_key, ""), outcome));

constexpr KeyedPlan merges_of_user{.kind = KeyedPlan::Kind::select,
                                   .schema = "cart",
                                   .table = "merges",
                                   .index = "merges_user",
                                   .keys = "tenant_id, user_id, till_id",
                                   .columns = "session_owner, merged_at"};
KeyedStatement find_merges(merges_of_user);

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

std::optional<pg::Row> find(std::string_view tenant, pg::Bytes owner, const ShortHash& key) {
    const auto rows =
        find_key.run({pg::argument(tenant), pg::argument(owner), pg::argument(pg::Bytes(key))});
    return rows.empty() ? std::nullopt : std::optional(rows[0]);
}

bool has(std::span<const pg::Bytes> all, const pg::Bytes& one) {
    return std::ranges::any_of(
        all, [&](const pg::Bytes& each) { return std::ranges::equal(each, one); });
}

// The guests whose carts went to the user, the last one first.
std::vector<pg::Bytes> guests_of(const Owner& user) {
    struct Merge {
        TimestampTz at;
        pg::Bytes guest;
    };
    const auto rows = find_merges.run(
        {pg::argument(user.tenant), pg::argument(*user.user), pg::argument(user.till)});
    std::vector<Merge> merges;
    merges.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (const auto guest = rows[i].optional_bytes(1)) {
            merges.push_back({.at = rows[i].time(2), .guest = *guest});
        }
    }
    std::ranges::stable_sort(merges, std::greater(), &Merge::at);
    std::vector<pg::Bytes> guests;
    for (const Merge& merge : merges) {
        if (!has(guests, merge.guest)) {
            guests.push_back(merge.guest);
        }
    }
    return guests;
}

}  // namespace

ShortHash owner_hash(const Owner& owner) {
    const std::string named = text_of(owner);
    const auto digest = core::port::sha256(std::as_bytes(std::span(named)));
    ShortHash short_hash{};
    std::copy_n(digest.begin(), short_hash.size(), short_hash.begin());
    return short_hash;
}

std::optional<MadeRequest> claim(std::string_view tenant, RequestKey& request, TimestampTz oldest,
                                 const Circumstances& now) {
    const OwnWrite own;
    const auto inserted = insert_key.run(
        {pg::argument(tenant), pg::argument(pg::Bytes(request.owner)),
         pg::argument(pg::Bytes(request.key)), pg::argument(pg::Bytes(request.arguments)),
         pg::timestamp_argument(now.now)});
    if (!inserted.empty()) {
        request.place = inserted[0].place();
        return std::nullopt;
    }
    const auto claimed = claim_key.run(
        {pg::argument(tenant), pg::argument(pg::Bytes(request.owner)),
         pg::argument(pg::Bytes(request.key)), pg::argument(pg::Bytes(request.arguments)),
         pg::timestamp_argument(now.now), pg::timestamp_argument(oldest)});
    if (!claimed.empty()) {
        return std::nullopt;
    }
    const auto row = find(tenant, pg::Bytes(request.owner), request.key);
    return row ? std::optional(made_from(*row)) : std::nullopt;
}

std::optional<MadeRequest> find_merged(const Owner& user, const RequestKey& request,
                                       TimestampTz oldest) {
    for (const pg::Bytes& guest : guests_of(user)) {
        const auto row = find(user.tenant, guest, request.key);
        if (row && row->time(4) >= oldest) {
            return made_from(*row);
        }
    }
    return std::nullopt;
}

void complete(std::string_view tenant, const RequestKey& request,
              const std::optional<pg::Uuid>& cart_id, const std::optional<std::int64_t>& version) {
    const OwnWrite own;
    (void)complete_key.run(
        {pg::argument(tenant), pg::argument(pg::Bytes(request.owner)),
         pg::argument(pg::Bytes(request.key)), pg::argument(cart_id), pg::argument(version)},
        pg::Access::write, request.place);
}

}  // namespace cart::store::requests
