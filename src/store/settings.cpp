#include "store/settings.hpp"

#include "pg/keyed.hpp"

namespace cart::store::settings {

namespace {

constexpr pg::KeyedPlan of_tenant{.kind = pg::KeyedPlan::Kind::select,
                                  .schema = "cart",
                                  .table = "settings",
                                  .index = "settings_pkey",
                                  .keys = "tenant_id",
                                  .columns = "settings"};
pg::KeyedStatement select_settings(of_tenant);

pg::Statement take_settings(
    "INSERT INTO cart.settings AS s (tenant_id, updated_by, updated_at) VALUES ($1, $2, $3)"
    " ON CONFLICT (tenant_id) DO UPDATE SET updated_by = excluded.updated_by,"
    " updated_at = excluded.updated_at RETURNING s.settings");

pg::Statement update_settings("UPDATE cart.settings SET settings = $2 WHERE tenant_id = $1");

}  // namespace

const Jsonb* find(std::string_view tenant) {
    const pg::Rows rows = select_settings.run({pg::argument(tenant)}, pg::Access::snapshot);
    return rows.empty() ? nullptr : rows[0].jsonb(1);
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
