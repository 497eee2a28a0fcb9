#include "store/setup.hpp"

#include "core/error.hpp"
#include "pg/guard.hpp"
#include "pg/run_as.hpp"
#include "pg/spi.hpp"
#include "store/attachments.hpp"
#include "store/deferred.hpp"
#include "store/grants.hpp"
#include "store/layout.hpp"
#include "store/setup_work.hpp"
#include "store/table_builder.hpp"
#include "store/tables.hpp"

extern "C" {
#include "utils/acl.h"
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
        pg::raise(ERRCODE_INSUFFICIENT_PRIVILEGE,
                  "must be able to act as role \"" + name_of_role(owner) + "\"");
    }
}

// Does the work as the tables' owner, or where it must as the caller, and notes what it did.
class Builder {
  public:
    explicit Builder(const Site& site)
        : site_(site), owner_name_(quoted_name(name_of_role(site.owner))) {}

    void build() {
        make_schema();
        grant_to_owner(site_, work_);  // its triggers and policies are to call the functions
        {
            const pg::RunAs as_owner(site_.owner);
            pg::RunAs::pin("quote_all_identifiers", "off");
            for (const Table& table : tables()) {
                build_table(table,
                            {.owner = site_.owner, .extension_schema = site_.functions_schema},
                            work_);
            }
        }
        apply_grants(site_, work_);
        {
            const pg::RunAs as_owner(site_.owner);
            write_version();
        }
        attach_recorded(site_, work_);
    }

    [[nodiscard]] std::vector<std::string> take_changes() { return work_.take_notes(); }

  private:
    void make_schema() {
        const auto found = look_up(
            "SELECT pg_catalog.pg_get_userbyid(nspowner)::pg_catalog.text,"
            " nspowner OPERATOR(pg_catalog.=) " +
            std::to_string(site_.owner) +
            " FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) 'cart'");
        if (!found) {
            work_.run("CREATE SCHEMA cart AUTHORIZATION " + owner_name_, "created schema cart");
        } else if (!found->boolean(2)) {
            refuse_foreign("schema \"cart\"", found->text(1));
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

    const Site& site_;
    std::string owner_name_;
    SetupWork work_;
};

// Two at once would make the same things: the second waits. The key is that of the schema's name,
// as hashtext() gives it.
void take_turns() {
    (void)pg::run_once(
        "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('cart_ext'), 0)");
}

}  // namespace

Setup set_up(Oid owner, Oid function) {
    check_caller_may_act_as(owner);
    check_not_newer(layout());
    const pg::Connection connection;
    take_turns();
    const Site site = find_site(owner, function);
    Builder builder(site);
    builder.build();
    announce_new_layout();
    return {.owner = owner, .changes = builder.take_changes()};
}

void grant(Oid role, const std::optional<Level>& level, Oid function) {
    const Oid owner = checked_layout().owner;
    check_caller_may_act_as(owner);
    if (role == owner) {
        throw core::Error(
            core::ErrorCode::invalid_parameter,
            "the tables' owner has level admin, which is not to be changed",
            core::Detail().text("parameter", "role").text("found", name_of_role(role)));
    }
    const pg::Connection connection;
    take_turns();
    const Site site = find_site(owner, function);
    const std::string name = name_of_role(role);
    SetupWork work;
    {
        const Oid caller_id = GetUserId();
        const std::string caller = name_of_role(caller_id);
        const pg::RunAs as_owner(owner);
        tame_deferred_triggers(caller_id, owner);
        record_grant(name, level, caller);
    }
    revoke_functions(site, name);
    apply_grants(site, work);
}

}  // namespace cart::store
