#include "store/person.hpp"

#include <algorithm>

#include "store/own_write.hpp"

namespace cart::store::person {

namespace {

pg::Statement sessions_of_user(
    "SELECT DISTINCT session_owner FROM cart.merges WHERE tenant_id = $1 AND user_id = $2");

pg::Statement list_requests(
    "SELECT coalesce(jsonb_agg(jsonb_build_object('cart_id', cart_id, 'version', version,"
    " 'created_at', created_at) ORDER BY created_at), '[]')"
    " FROM cart.requests WHERE tenant_id = $1 AND owner_hash = ANY ($2)");
pg::Statement delete_requests(
    "DELETE FROM cart.requests WHERE tenant_id = $1 AND owner_hash = ANY ($2)");

// A receipt is the person's whose cart it was, or became.
#define MERGES_OF_PERSON                                       \
    " FROM cart.merges WHERE tenant_id = $1 AND (user_id = $2" \
    " OR session_hash = $3 OR source_cart_id = ANY ($4))"
pg::Statement list_merges(
    "SELECT coalesce(jsonb_agg(jsonb_build_object('source_cart_id', source_cart_id,"
    " 'target_cart_id', target_cart_id, 'strategy', strategy, 'lines', lines,"
    " 'merged_at', merged_at) ORDER BY merged_at, merge_id), '[]')" MERGES_OF_PERSON);
pg::Statement delete_merges("DELETE" MERGES_OF_PERSON);

#define LINKS_OF_PERSON " FROM cart.links WHERE tenant_id = $1 AND cart_id = ANY ($2)"
pg::Statement list_links(
    "SELECT coalesce(jsonb_agg(jsonb_build_object('cart_id', cart_id, 'created_at', created_at,"
    " 'expires_at', expires_at, 'opened_at', opened_at) ORDER BY created_at, link_hash),"
    " '[]')" LINKS_OF_PERSON);
pg::Statement delete_links("DELETE" LINKS_OF_PERSON);

std::vector<pg::Uuid> ids_of(const Person& person) {
    std::vector<pg::Uuid> ids;
    ids.reserve(person.carts.size());
    std::ranges::transform(person.carts, std::back_inserter(ids), &Cart::id);
    return ids;
}

pg::Rows run_for_requests(pg::Statement& statement, const Person& person,
                          std::span<const ShortHash> owners, pg::Access access) {
    std::vector<pg::Bytes> hashes(owners.begin(), owners.end());
    return statement.run(
        {pg::argument(person.owner.tenant), pg::argument(std::span<const pg::Bytes>(hashes))},
        access);
}

pg::Rows run_for_merges(pg::Statement& statement, const Person& person, pg::Access access) {
    const auto session =
        person.owner.session ? std::optional<pg::Bytes>(*person.owner.session) : std::nullopt;
    return statement.run({pg::argument(person.owner.tenant), pg::argument(person.owner.user),
                          pg::argument(session), pg::argument(ids_of(person))},
                         access);
}

pg::Rows run_for_links(pg::Statement& statement, const Person& person, pg::Access access) {
    return statement.run({pg::argument(person.owner.tenant), pg::argument(ids_of(person))}, access);
}

std::int64_t affected(const pg::Rows& rows) { return static_cast<std::int64_t>(rows.affected()); }

}  // namespace

std::vector<ShortHash> request_owners(const Person& person, pg::Access access) {
    std::vector<ShortHash> owners{requests::owner_hash(person.owner)};
    for (const Cart& cart : person.carts) {
        owners.push_back(requests::owner_hash({.tenant = cart.tenant,
                                               .user = cart.user,
                                               .session = cart.session,
                                               .till = cart.till}));
    }
    if (person.owner.is_user()) {
        const auto rows = sessions_of_user.run(
            {pg::argument(person.owner.tenant), pg::argument(person.owner.user)}, access);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const pg::Bytes bytes = rows[i].optional_bytes(1).value_or(pg::Bytes());
            ShortHash& hash = owners.emplace_back();
            std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
        }
    }
    std::ranges::sort(owners);
    const auto repeated = std::ranges::unique(owners);
    owners.erase(repeated.begin(), repeated.end());
    return owners;
}

const Jsonb* requests(const Person& person, std::span<const ShortHash> owners) {
    return run_for_requests(list_requests, person, owners, pg::Access::snapshot)[0].jsonb(1);
}

const Jsonb* merges(const Person& person) {
    return run_for_merges(list_merges, person, pg::Access::snapshot)[0].jsonb(1);
}

const Jsonb* links(const Person& person) {
    return run_for_links(list_links, person, pg::Access::snapshot)[0].jsonb(1);
}

std::int64_t erase_requests(const Person& person, std::span<const ShortHash> owners) {
    const OwnWrite own;
    return affected(run_for_requests(delete_requests, person, owners, pg::Access::write));
}

std::int64_t erase_merges(const Person& person) {
    const OwnWrite own;
    return affected(run_for_merges(delete_merges, person, pg::Access::write));
}

std::int64_t erase_links(const Person& person) {
    const OwnWrite own;
    return affected(run_for_links(delete_links, person, pg::Access::write));
}

}  // namespace cart::store::person
