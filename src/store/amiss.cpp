#include "store/amiss.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <tuple>

#include "core/error.hpp"
#include "pg/jsonb.hpp"
#include "pg/memory.hpp"

namespace cart::store {

namespace {

// From tenant to tenant by the primary key, not over all carts.
pg::Statement select_tenants(
    "WITH RECURSIVE t(tenant_id) AS ("
    " (SELECT tenant_id FROM cart.carts ORDER BY tenant_id LIMIT 1)"
    " UNION ALL SELECT (SELECT c.tenant_id FROM cart.carts c WHERE c.tenant_id > t.tenant_id"
    " ORDER BY c.tenant_id LIMIT 1) FROM t WHERE t.tenant_id IS NOT NULL)"
    " SELECT tenant_id FROM t WHERE tenant_id IS NOT NULL");

constexpr const char* select_duplicates =
    "SELECT user_id, till_id, session_hash FROM cart.carts"
    " WHERE tenant_id = $1 AND status = 'active' AND num_nonnulls(user_id, session_hash) > 0"
    " GROUP BY user_id, till_id, session_hash HAVING count(*) > 1";

constexpr const char* select_lines =
    "SELECT c.user_id, c.till_id, c.session_hash, i.item_key, i.item FROM cart.carts c"
    " JOIN cart.items i ON i.tenant_id = c.tenant_id AND i.cart_id = c.cart_id"
    " WHERE c.tenant_id = $1 AND c.status = 'active'"
    " AND num_nonnulls(c.user_id, c.session_hash) > 0";

constexpr long rows_at_once = 1000;

OwnerName name_from(const pg::Row& row) {
    OwnerName name;
    if (const auto user = row.optional_text(1)) {
        name.user = std::string(*user);
    }
    name.till = std::string(row.text(2));
    if (const auto bytes = row.optional_bytes(3)) {
        name.session.assign(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    }
    return name;
}

bool is_amiss(const pg::Row& row, const core::MatchOn& match_on) {
    const Jsonb* item = row.jsonb(5);
    pg::ContextResource memory(CurrentMemoryContext);
    try {
        pg::JsonbReader reader(item, &memory);
        return core::read_item(reader, match_on, &memory).key.bytes != row.uuid(4);
    } catch (const core::Error&) {
        return false;  // loaded past the rules: no item, so it keeps the key that it has
    }
}

template <typename Filter>
void collect(std::set<OwnerName>& names, const char* sql, std::string_view tenant, Filter filter) {
    pg::Cursor cursor(sql, {pg::argument(tenant)});
    for (pg::Rows rows = cursor.next(rows_at_once); !rows.empty();
         rows = cursor.next(rows_at_once)) {
        const pg::Connection round;  // frees what the portion has used
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (filter(rows[i])) {
                names.insert(name_from(rows[i]));
            }
        }
    }
}

}  // namespace

bool operator<(const OwnerName& a, const OwnerName& b) {
    const bool guest_a = !a.user;
    const bool guest_b = !b.user;
    return std::tie(guest_a, a.user, a.till, a.session) <
           std::tie(guest_b, b.user, b.till, b.session);
}

Owner OwnerName::owner(std::string_view tenant) const {
    Owner owner{.tenant = tenant, .user = user, .session = {}, .till = till};
    if (!user) {
        owner.session.emplace();
        std::memcpy(owner.session->data(), session.data(),
                    std::min(session.size(), owner.session->size()));
    }
    return owner;
}

std::vector<std::string> tenants() {
    const pg::Rows rows = select_tenants.run({});
    std::vector<std::string> tenants;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        tenants.emplace_back(rows[i].text(1));
    }
    return tenants;
}

std::vector<OwnerName> owners_amiss(std::string_view tenant, const TenantRules& rules,
                                    std::optional<std::int64_t> limit) {
    std::set<OwnerName> names;
    collect(names, select_duplicates, tenant, [](const pg::Row&) { return true; });
    collect(names, select_lines, tenant,
            [&](const pg::Row& row) { return is_amiss(row, rules.match_on); });
    std::vector<OwnerName> first;
    for (const OwnerName& name : names) {
        if (limit && static_cast<std::int64_t>(first.size()) >= *limit) {
            break;
        }
        first.push_back(name);
    }
    return first;
}

}  // namespace cart::store
