#include "store/settings.hpp"

#include "pg/keyed.hpp"

namespace cart::store::settings {

namespace {

constexpr pg::KeyedPlan of_tenant{.kind = pg::KeyedPlan::Kind::select,
                                  .schema = "cart",
                                  .table = "settings",
                                  .index = "settings_pkey",
                                  .keys = "tenant_id",
                                  .columns = "settings",
                                  .is_often_empty = true};
pg::KeyedStatement select_settings(of_tenant);

// Where the row of the tenant was that was asked for last.
struct Last {
    std::string tenant;
    pg::RowPlace place;
};
Last last;

pg::Statement take_settings(
    "INSERT INTO cart.settings AS s (tenant_id, updated_by, updated_at) VALUES ($1, $2, $3)"
    " ON CONFLICT (tenant_id) DO UPDATE SET updated_by = excluded.updated_by,"
    " updated_at = excluded.updated_at RETURNING s.settings");

pg::Statement update_settings("UPDATE cart.settings SET settings = $2 WHERE tenant_id = $1");

}  // namespace

const Jsonb* find(std::string_view tenant) {
    const pg::RowPlace place = last.tenant == tenant ? last.place : pg::RowPlace{};
    const pg::Rows rows = select_settings.run({pg::argument(tenant)}, pg::Access::snapshot, place);
    if (rows.empty()) {
        return nullptr;
    }
    const pg::Row row = rows[0];
    last = {.tenant = std::string(tenant), .place = row.place()};
    return row.jsonb(1);
}

const Jsonb* take(std::string_view tenant, const Circumstances& now) {
    return take_settings
        .run({pg::argument(tenant), pg::argument(now.actor), pg::timestamp_argument(now.now)})[0]
        .jsonb(1);
}

void write(std::string_view tenant, const Jsonb* settings) {
    (void)update_settings.run({pg::argument(tenant), pg::argument(settings)});
}

}  // namespace cart::store::settings
