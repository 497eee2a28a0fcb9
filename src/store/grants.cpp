#include "store/grants.hpp"

#include <map>

#include "pg/guard.hpp"
#include "pg/run_as.hpp"
#include "pg/spi.hpp"
#include "store/own_write.hpp"
#include "store/tables.hpp"

extern "C" {
#include "commands/extension.h"
#include "utils/lsyscache.h"
}

namespace cart::store {

namespace {

pg::Statement write_grant(
    "INSERT INTO cart.grants (tenant_id, role_name, level, granted_by, granted_at)"
    " VALUES ('', $1, $2, $3, $4) ON CONFLICT (tenant_id, role_name) DO UPDATE"
    " SET level = excluded.level, granted_by = excluded.granted_by,"
    " granted_at = excluded.granted_at");

pg::Statement delete_grant("DELETE FROM cart.grants WHERE tenant_id = '' AND role_name = $1");

Oid oid_in(const std::optional<pg::Row>& row) { return static_cast<Oid>(row.value().number(1)); }

// The recorded grants to roles that exist. As the tables' owner.
std::vector<Grant> recorded() {
    const pg::Rows rows = pg::run_once(
        "SELECT g.role_name::text, g.level FROM cart.grants g JOIN pg_roles r"
        " ON r.rolname = g.role_name WHERE g.tenant_id = '' ORDER BY g.role_name");
    std::vector<Grant> grants;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (const auto level = read_level(rows[i].text(2))) {
            grants.push_back({.role = std::string(rows[i].text(1)), .level = *level});
        }
    }
    return grants;
}

// A level's functions as a condition on pg_proc p.
std::string functions_of(Level level) {
    if (level == Level::admin) {
        return "true";
    }
    std::string names;
    for (const LeveledFunction& function : leveled_functions()) {
        if (function.level <= level) {
            names += (names.empty() ? "'" : ", '") + std::string(function.name) + "'";
        }
    }
    return "p.proname IN (" + names + ")";
}

// One thing whose rights are looked after: a table or the schema.
struct Thing {
    std::string kind;
    std::string name;
    std::string acls;  // a query for its access control lists
};

class Granter {
  public:
    Granter(const Site& site, SetupWork& work) : site_(site), work_(work) {}

    void apply() {
        std::vector<Grant> grants;
        {
            const pg::RunAs as_owner(site_.owner);
            grants = recorded();
            rights_on_schema(grants);
            for (const Table& table : tables()) {
                rights_on_table(table, grants);
            }
        }
        for (const Grant& grant : grants) {
            give_functions(grant);
        }
    }

    void give_functions(const Grant& grant) {
        use_of_functions_schema(grant);
        grant_functions(grant);
    }

  private:
    void grant_functions(const Grant& grant) {
        const pg::RunAs as_functions_owner(site_.functions_owner);
        const pg::Rows missing = pg::run_once(
            "SELECT p.oid::regprocedure::text FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid"
            " WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass"
            " AND d.refobjid = " +
            std::to_string(site_.extension) + " AND d.deptype = 'e' AND " +
            functions_of(grant.level) + " AND NOT has_function_privilege(" +
            quoted_text(grant.role) + "::name, p.oid, 'EXECUTE')");
        for (std::size_t i = 0; i < missing.size(); ++i) {
            (void)pg::run_once("GRANT EXECUTE ON FUNCTION " + std::string(missing[i].text(1)) +
                               " TO " + quoted_name(grant.role));
        }
        if (!missing.empty()) {
            work_.note("granted the functions to " + quoted_name(grant.role));
        }
    }

    // As the owner of the extension's schema, where that is not open to everybody.
    void use_of_functions_schema(const Grant& grant) {
        const std::string schema = quoted_name(site_.functions_schema);
        const pg::RunAs as_schema_owner(site_.schema_owner);
        if (!look_up("SELECT has_schema_privilege(" + quoted_text(grant.role) + "::name, " +
                     quoted_text(schema) + "::regnamespace, 'USAGE')")
                 ->boolean(1)) {
            work_.run("GRANT USAGE ON SCHEMA " + schema + " TO " + quoted_name(grant.role),
                      "granted the use of schema " + site_.functions_schema + " to " +
                          quoted_name(grant.role));
        }
    }

    void rights_on_schema(const std::vector<Grant>& grants) {
        std::map<std::string, std::string> wanted;
        for (const Grant& grant : grants) {
            wanted.emplace(grant.role, "USAGE");
        }
        rights_on({.kind = "SCHEMA",
                   .name = "cart",
                   .acls = "SELECT nspacl AS acl FROM pg_namespace WHERE nspname = 'cart'"},
                  wanted);
    }

    void rights_on_table(const Table& table, const std::vector<Grant>& grants) {
        std::map<std::string, std::string> wanted;
        for (const Grant& grant : grants) {
            const auto privileges = table_privileges(grant.level, table.name);
            if (!privileges.empty()) {
                wanted.emplace(grant.role, privileges);
            }
        }
        const std::string name = "cart." + std::string(table.name);
        rights_on({.kind = "TABLE",
                   .name = name,
                   .acls = "SELECT relacl AS acl FROM pg_class WHERE oid = '" + name +
                           "'::regclass"
                           // Columns may have been granted on their own.
                           " UNION ALL SELECT attacl FROM pg_attribute WHERE attrelid = '" +
                           name + "'::regclass AND attacl IS NOT NULL"},
                  wanted);
    }

    // What nobody recorded with cart_grant() was given by default privileges, or by hand.
    void rights_on(const Thing& thing, std::map<std::string, std::string> wanted) {
        const pg::Rows rows = pg::run_once(
            "SELECT CASE a.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(a.grantee)::text END,"
            " string_agg(a.privilege_type || CASE WHEN a.is_grantable THEN ' (grantable)' ELSE ''"
            " END, ', ' ORDER BY a.privilege_type) FROM (" +
            thing.acls + ") g, aclexplode(g.acl) a WHERE a.grantee <> " +
            std::to_string(site_.owner) + " GROUP BY a.grantee ORDER BY a.grantee");
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto name = rows[i].optional_text(1);
            const auto found = name ? wanted.find(std::string(*name)) : wanted.end();
            if (found != wanted.end() && found->second == rows[i].text(2)) {
                wanted.erase(found);
                continue;
            }
            const std::string grantee = name ? quoted_name(*name) : "PUBLIC";
            work_.run(
                "REVOKE ALL ON " + thing.kind + " " + thing.name + " FROM " + grantee + " CASCADE",
                "revoked what " + grantee + " was granted on " + thing.name);
        }
        for (const auto& [role, privileges] : wanted) {
            work_.run("GRANT " + privileges + " ON " + thing.kind + " " + thing.name + " TO " +
                          quoted_name(role),
                      "granted " + privileges + " on " + thing.name + " to " + quoted_name(role));
        }
    }

    const Site& site_;
    SetupWork& work_;
};

}  // namespace

Site find_site(Oid owner, Oid function) {
    Site site{.owner = owner,
              .extension = pg::guarded([] { return get_extension_oid("cart_ext", false); }),
              .functions_owner = InvalidOid,
              .functions_schema = pg::guarded([&] {
                  return const_cast<const char*>(get_namespace_name(get_func_namespace(function)));
              }),
              .schema_owner = InvalidOid};
    // By qualified names: this is run with the caller's search_path.
    site.functions_owner =
        oid_in(look_up("SELECT proowner::pg_catalog.int8 FROM pg_catalog.pg_proc"
                       " WHERE oid OPERATOR(pg_catalog.=) " +
                       std::to_string(function)));
    site.schema_owner =
        oid_in(look_up("SELECT nspowner::pg_catalog.int8 FROM pg_catalog.pg_namespace WHERE oid"
                       " OPERATOR(pg_catalog.=) pg_catalog.to_regnamespace(" +
                       quoted_text(quoted_name(site.functions_schema)) + ")"));
    return site;
}

void grant_to_owner(const Site& site, SetupWork& work) {
    const std::string owner =
        pg::guarded([&] { return const_cast<const char*>(GetUserNameFromId(site.owner, false)); });
    Granter(site, work).give_functions({.role = owner, .level = Level::admin});
}

void apply_grants(const Site& site, SetupWork& work) { Granter(site, work).apply(); }

void revoke_functions(const Site& site, std::string_view role) {
    const pg::RunAs as_functions_owner(site.functions_owner);
    const pg::Rows rows = pg::run_once(
        "SELECT d.objid::regprocedure::text FROM pg_depend d"
        " WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass"
        " AND d.refobjid = " +
        std::to_string(site.extension) + " AND d.deptype = 'e'");
    for (std::size_t i = 0; i < rows.size(); ++i) {
        (void)pg::run_once("REVOKE ALL ON FUNCTION " + std::string(rows[i].text(1)) + " FROM " +
                           quoted_name(role) + " CASCADE");
    }
}

void record_grant(std::string_view role, const std::optional<Level>& level,
                  std::string_view granted_by) {
    const OwnWrite own;
    if (level) {
        (void)write_grant.run({pg::argument(role), pg::argument(name_of(*level)),
                               pg::argument(granted_by), pg::timestamp_argument(pg::now())});
    } else {
        (void)delete_grant.run({pg::argument(role)});
    }
}

}  // namespace cart::store
