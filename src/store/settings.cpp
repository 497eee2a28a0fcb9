#include "store/settings.hpp"

#include <optional>
#include <utility>

#include "pg/jsonb.hpp"
#include "pg/keyed.hpp"
#include "store/layout.hpp"

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

// The settings of the tenant that was asked for last, until somebody writes to the table.
struct Kept {
    std::string tenant;
    std::uint64_t generation = 0;  // of the layout, before they were read
    Jsonb* settings = nullptr;     // nothing: the tenant has none
};
std::optional<Kept> kept;

const Jsonb* read(std::string_view tenant) {
    const pg::Rows rows = select_settings.run({pg::argument(tenant)}, pg::Access::snapshot);
    return rows.empty() ? nullptr : rows[0].jsonb(1);
}

void keep(std::string_view tenant, std::uint64_t generation) {
    if (kept && kept->settings != nullptr) {
        pfree(kept->settings);
    }
    kept.reset();
    // A snapshot of its own: what was written between the caller's and the last news would be kept
    // for ever as it was before.
    const pg::FreshSnapshot snapshot;
    const Jsonb* settings = read(tenant);
    Kept found{.tenant = std::string(tenant), .generation = generation};
    found.settings = settings == nullptr ? nullptr : pg::copied(settings, TopMemoryContext);
    kept = std::move(found);
}

}  // namespace

const Jsonb* find(std::string_view tenant) {
    // Who sees all by one snapshot, sees the settings by that, too.
    const Layout& newest = newest_layout();
    if (!newest.announces_settings || pg::has_one_snapshot()) {
        return read(tenant);
    }
    if (!kept || kept->generation != newest.generation || kept->tenant != tenant) {
        keep(tenant, newest.generation);
    }
    return kept->settings;
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
