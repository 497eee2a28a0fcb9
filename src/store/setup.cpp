#include "store/setup.hpp"

#include "pg/guard.hpp"
#include "pg/run_as.hpp"
#include "pg/spi.hpp"
#include "store/layout.hpp"
#include "store/setup_work.hpp"
#include "store/table_builder.hpp"
#include "store/tables.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
}

namespace cart::store {

namespace {

std::string name_of_role(Oid role) {
    return pg::guarded([&] { return const_cast<const char*>(GetUserNameFromId(role, false)); });
}

void check_caller_may_act_as(Oid owner) {
    const Oid caller = GetUserId();
    const bool may = pg::guarded([&] { return pg::may_act_as(caller, owner); });
    if (!may) {
        pg::raise(
            ERRCODE_INSUFFICIENT_PRIVILEGE,
            "must be able to act as role \"" + name_of_role(owner) + "\" to set up its tables");
    }
}

// Does the work as the tables' owner, or where it must as the caller, and notes what it did.
class Builder {
  public:
    Builder(Oid owner, Oid function)
        : owner_(owner),
          owner_name_(quoted_name(name_of_role(owner))),
          function_(function),
          extension_(pg::guarded([] { return get_extension_oid("cart_ext", false); })),
          extension_schema_(pg::guarded([&] {
              return const_cast<const char*>(get_namespace_name(get_func_namespace(function)));
          })) {}

    void build() {
        make_schema();
        grant_functions();
        const pg::RunAs as_owner(owner_);
        pg::RunAs::pin("quote_all_identifiers", "off");
        for (const Table& table : tables()) {
            build_table(table, {.owner = owner_, .extension_schema = extension_schema_}, work_);
            take_back_grants("TABLE", std::string("cart.") + std::string(table.name), "pg_class",
                             "oid = 'cart." + std::string(table.name) + "'::regclass", "relacl");
        }
        take_back_grants("SCHEMA", "cart", "pg_namespace", "nspname = 'cart'", "nspacl");
        write_version();
    }

    [[nodiscard]] std::vector<std::string> take_changes() { return work_.take_notes(); }

  private:
    void make_schema() {
        const auto found = look_up(
            "SELECT pg_catalog.pg_get_userbyid(nspowner)::pg_catalog.text,"
            " nspowner OPERATOR(pg_catalog.=) " +
            std::to_string(owner_) +
            " FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) 'cart'");
        if (!found) {
            work_.run("CREATE SCHEMA cart AUTHORIZATION " + owner_name_, "created schema cart");
        } else if (!found->boolean(2)) {
            refuse_foreign("schema \"cart\"", found->text(1));
        }
    }

    // The owner gets level admin: every function of the extension. As the functions' owner, whom
    // the caller of cart_setup() was entrusted with it by.
    void grant_functions() {
        const auto functions_owner = look_up(
            "SELECT proowner::pg_catalog.int8 FROM pg_catalog.pg_proc"
            " WHERE oid OPERATOR(pg_catalog.=) " +
            std::to_string(function_));
        if (!look_up("SELECT pg_catalog.has_schema_privilege(" + std::to_string(owner_) +
                     "::pg_catalog.oid, pg_catalog.to_regnamespace(" +
                     quoted_text(quoted_name(extension_schema_)) + "), 'USAGE')")
                 ->boolean(1)) {
            grant_schema();
        }
        const pg::RunAs as_functions_owner(static_cast<Oid>(functions_owner.value().number(1)));
        const pg::Rows missing = pg::run_once(
            "SELECT p.oid::regprocedure::text FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid"
            " WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass"
            " AND d.refobjid = " +
            std::to_string(extension_) + " AND d.deptype = 'e' AND NOT has_function_privilege(" +
            std::to_string(owner_) + "::oid, p.oid, 'EXECUTE')");
        for (std::size_t i = 0; i < missing.size(); ++i) {
            (void)pg::run_once("GRANT EXECUTE ON FUNCTION " + std::string(missing[i].text(1)) +
                               " TO " + owner_name_);
        }
        if (!missing.empty()) {
            work_.note("granted the functions to " + owner_name_);
        }
    }

    // As the owner of the extension's schema, where that is not open to everybody.
    void grant_schema() {
        const auto schema_owner = look_up(
            "SELECT nspowner::pg_catalog.int8 FROM pg_catalog.pg_namespace WHERE oid"
            " OPERATOR(pg_catalog.=) pg_catalog.to_regnamespace(" +
            quoted_text(quoted_name(extension_schema_)) + ")");
        const pg::RunAs as_schema_owner(static_cast<Oid>(schema_owner.value().number(1)));
        work_.run("GRANT USAGE ON SCHEMA " + quoted_name(extension_schema_) + " TO " + owner_name_,
                  "granted the use of schema " + extension_schema_ + " to " + owner_name_);
    }

    // What nobody recorded with cart_grant() was given by default privileges, or by hand.
    void take_back_grants(const std::string& kind, const std::string& name,
                          const std::string& catalog, const std::string& condition,
                          const std::string& acl) {
        const pg::Rows rows = pg::run_once(
            "SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE"
            " quote_ident(pg_get_userbyid(a.grantee)) END FROM (SELECT c." +
            acl + " AS acl FROM " + catalog + " c WHERE c." + condition +
            // Columns may have been granted on their own.
            (kind == "TABLE" ? " UNION ALL SELECT attacl FROM pg_attribute WHERE attrelid = '" +
                                   name + "'::regclass AND attacl IS NOT NULL"
                             : std::string()) +
            ") g, aclexplode(g.acl) a WHERE a.grantee <> " + std::to_string(owner_));
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::string grantee(rows[i].text(1));
            work_.run("REVOKE ALL ON " + kind + " " + name + " FROM " + grantee + " CASCADE",
                      "revoked what " + grantee + " was granted on " + name);
        }
    }

    void write_version() {
        const std::string comment =
            "cart_ext: shopping carts (layout " + std::to_string(layout_version) + ")";
        const auto found = look_up(
            "SELECT obj_description('cart'::regnamespace, 'pg_namespace') = '" + comment + "'");
        if (found->is_null(1) || !found->boolean(1)) {
            work_.run("COMMENT ON SCHEMA cart IS '" + comment + "'",
                      "wrote layout " + std::to_string(layout_version));
        }
    }

    Oid owner_;
    std::string owner_name_;
    Oid function_;
    Oid extension_;
    std::string extension_schema_;
    SetupWork work_;
};

}  // namespace

Setup set_up(Oid owner, Oid function) {
    check_caller_may_act_as(owner);
    check_not_newer(layout());
    const pg::Connection connection;
    // Two at once would make the same things: the second waits. The key is that of the schema's
    // name, as hashtext() gives it.
    (void)pg::run_once(
        "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('cart_ext'), 0)");
    Builder builder(owner, function);
    builder.build();
    announce_new_layout();
    return {.owner = owner, .changes = builder.take_changes()};
}

}  // namespace cart::store
