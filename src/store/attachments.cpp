#include "store/attachments.hpp"

#include <exception>
#include <vector>

#include "pg/attempt.hpp"
#include "pg/guard.hpp"
#include "pg/report.hpp"
#include "pg/rival.hpp"
#include "pg/run_as.hpp"
#include "pg/spi.hpp"
#include "store/deferred.hpp"
#include "store/layout.hpp"
#include "store/own_write.hpp"

extern "C" {
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
}

namespace cart::store {

namespace {

constexpr std::string_view trigger_name = "cart_ext_one_active";

pg::Statement write_record(
    "INSERT INTO cart.attachments (tenant_id, schema_name, table_name, user_column,"
    " session_column, status_column, active_value, attached_by, attached_at)"
    " VALUES ('', $1, $2, $3, $4, $5, $6, $7, $8)"
    " ON CONFLICT (tenant_id, schema_name, table_name) DO UPDATE SET"
    " user_column = excluded.user_column, session_column = excluded.session_column,"
    " status_column = excluded.status_column, active_value = excluded.active_value,"
    " attached_by = excluded.attached_by, attached_at = excluded.attached_at");

pg::Statement delete_record(
    "DELETE FROM cart.attachments WHERE tenant_id = '' AND schema_name = $1 AND table_name = $2");

constexpr const char* select_records =
    "SELECT a.schema_name::text, a.table_name::text, a.user_column::text, a.session_column::text,"
    " a.status_column::text, a.active_value, c.oid::int8, c.relowner::int8,"
    " pg_get_userbyid(c.relowner)::text, EXISTS (SELECT FROM pg_index i JOIN pg_class x"
    " ON x.oid = i.indexrelid WHERE i.indrelid = c.oid AND x.relname ~ '_cart_ext_(user|session)')"
    " FROM cart.attachments a JOIN pg_namespace n ON n.nspname = a.schema_name"
    " JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = a.table_name AND c.relkind = 'r'"
    " WHERE a.tenant_id = '' ORDER BY 1, 2";

// A relation that this transaction has locked, opened for the scope.
class OpenRelation {
  public:
    explicit OpenRelation(Oid oid)
        : relation_(pg::guarded([&] { return table_open(oid, NoLock); })) {}
    ~OpenRelation() {
        if (std::uncaught_exceptions() == exceptions_) {
            table_close(relation_, NoLock);
        }
    }
    OpenRelation(const OpenRelation&) = delete;
    OpenRelation& operator=(const OpenRelation&) = delete;
    [[nodiscard]] Relation get() const noexcept { return relation_; }

  private:
    Relation relation_;
    int exceptions_ = std::uncaught_exceptions();
};

// The application's table, locked against writes for the transaction.
class AttachedTable {
  public:
    explicit AttachedTable(Oid oid) : oid_(oid) {
        check_owner();
        pg::guarded([&] { LockRelationOid(oid_, ShareRowExclusiveLock); });
        check_owner();
        const OpenRelation relation(oid_);
        table_ = RelationGetRelationName(relation.get());
        schema_ = pg::guarded([&] {
            return const_cast<const char*>(
                get_namespace_name(RelationGetNamespace(relation.get())));
        });
        is_temporary_ = relation.get()->rd_rel->relpersistence == RELPERSISTENCE_TEMP;
    }

    [[nodiscard]] Oid oid() const noexcept { return oid_; }
    [[nodiscard]] bool is_temporary() const noexcept { return is_temporary_; }
    [[nodiscard]] const std::string& schema() const noexcept { return schema_; }
    [[nodiscard]] const std::string& table() const noexcept { return table_; }
    [[nodiscard]] std::string name() const {
        return quoted_name(schema_) + "." + quoted_name(table_);
    }

    // Partitions and children keep rows that a look at this table alone would not see.
    void check_kind() const {
        const OpenRelation relation(oid_);
        const FormData_pg_class* form = relation.get()->rd_rel;
        const bool is_plain = form->relkind == RELKIND_RELATION && !form->relispartition &&
                              !form->relhassubclass && !has_parent();
        if (!is_plain || IsSystemRelation(relation.get()) ||
            form->relnamespace == layout().schema) {
            pg::raise(ERRCODE_WRONG_OBJECT_TYPE,
                      "\"" + table_ + "\" is not a table that can be attached", {},
                      "It is to be an ordinary table of the application's, without partitions or "
                      "children.");
        }
    }

  private:
    void check_owner() const {
        const bool may = pg::guarded([&] {
            HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(oid_));
            if (!HeapTupleIsValid(tuple)) {
                ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                                errmsg("relation with OID %u does not exist", oid_)));
            }
            const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
            ReleaseSysCache(tuple);
            return has_privs_of_role(GetUserId(), owner);
        });
        if (!may) {
            const char* name = pg::guarded([&] { return get_rel_name(oid_); });
            pg::raise(ERRCODE_INSUFFICIENT_PRIVILEGE,
                      "must be owner of table " + std::string(name == nullptr ? "" : name));
        }
    }
    [[nodiscard]] bool has_parent() const {
        return look_up("SELECT true FROM pg_inherits WHERE inhrelid = " + std::to_string(oid_))
            .has_value();
    }

    Oid oid_;
    std::string schema_;
    std::string table_;
    bool is_temporary_ = false;
};

const char* text_or_null(const std::optional<std::string>& text) {
    return text ? text->c_str() : nullptr;
}

pg::Rules rules_of(const AttachedTable& table, const OwnerColumns& columns) {
    const OpenRelation relation(table.oid());
    return pg::rules_of(relation.get(), {.user = text_or_null(columns.user),
                                         .session = text_or_null(columns.session),
                                         .status = text_or_null(columns.status),
                                         .active = columns.active.c_str()});
}

// Only types of the server's own: of others, the operators would be somebody's code.
void check_types(const AttachedTable& table, const OwnerColumns& columns) {
    const OpenRelation relation(table.oid());
    const auto check = [&](const std::optional<std::string>& name, bool is_owner) {
        if (!name) {
            return;
        }
        const char* text = name->c_str();
        pg::guarded([&] {
            TupleDesc all = RelationGetDescr(relation.get());
            const Oid type = SPI_gettypeid(all, SPI_fnumber(all, text));
            const Oid base = getBaseType(type);
            const bool is_known = base == TEXTOID || base == VARCHAROID || base == INT4OID ||
                                  base == INT8OID || base == INT2OID;
            const bool is_fine =
                is_known || (is_owner ? base == UUIDOID : base == BOOLOID || type_is_enum(base));
            if (!is_fine) {
                ereport(ERROR,
                        (errcode(ERRCODE_DATATYPE_MISMATCH),
                         errmsg("column \"%s\" is of type %s", text, format_type_be(type)),
                         is_owner ? errhint("Owners are text, varchar, uuid, or integers.")
                                  : errhint("A status is text, varchar, an enum, a boolean, or an "
                                            "integer.")));
            }
        });
    };
    check(columns.user, true);
    check(columns.session, true);
    check(columns.status, false);
}

std::string argument_text(const std::optional<std::string>& column) {
    return quoted_text(column.value_or(""));
}

void make_trigger(const AttachedTable& table, const OwnerColumns& columns,
                  const std::string& functions_schema) {
    const std::string condition = columns.status ? " WHEN (NEW." + quoted_name(*columns.status) +
                                                       " = " + quoted_text(columns.active) + ")"
                                                 : std::string();
    (void)pg::run_once("CREATE OR REPLACE TRIGGER " + quoted_name(trigger_name) +
                       " AFTER INSERT OR UPDATE ON " + table.name() + " FOR EACH ROW" + condition +
                       " EXECUTE FUNCTION " + quoted_name(functions_schema) + ".cart_one_active(" +
                       argument_text(columns.user) + ", " + argument_text(columns.session) + ", " +
                       argument_text(columns.status) + ", " + quoted_text(columns.active) + ")");
    (void)pg::run_once("ALTER TABLE " + table.name() + " ENABLE TRIGGER " +
                       quoted_name(trigger_name));
}

// A name that tells cart_detach() whose index it is.
std::string free_index_name(const AttachedTable& table, const char* kind) {
    constexpr std::size_t most_bytes = 40;
    std::string base = table.table();
    const auto length = pg::guarded([&] {
        return pg_mbcliplen(table.table().c_str(), static_cast<int>(table.table().size()),
                            static_cast<int>(most_bytes));
    });
    base.resize(static_cast<std::size_t>(length));
    base += std::string("_cart_ext_") + kind;
    for (int number = 0;; ++number) {
        std::string name = number == 0 ? base : base + std::to_string(number);
        if (!look_up("SELECT true FROM pg_class WHERE relname = " + quoted_text(name) +
                     " AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = " +
                     std::to_string(table.oid()) + ")")) {
            return name;
        }
    }
}

// The statement but for its name and kind.
struct IndexParts {
    std::string column;
    std::string condition;
};
IndexParts parts_of(const AttachedTable& table, const pg::Rule& rule) {
    const OpenRelation relation(table.oid());
    return {.column =
                NameStr(TupleDescAttr(RelationGetDescr(relation.get()), rule.key[0] - 1)->attname),
            .condition = pg::condition_of(relation.get(), rule)};
}

pg::Help help_for(const AttachedTable& table, const pg::Rule& rule) {
    const OpenRelation relation(table.oid());
    return pg::help_for(relation.get(), rule);
}

// Whether it could be built: duplicates may be in the way, or the schema be closed to the caller.
bool build_index(const AttachedTable& table, const pg::Rule& rule, const char* kind,
                 bool is_unique) {
    const std::string name = free_index_name(table, kind);
    const IndexParts parts = parts_of(table, rule);
    const auto failure = pg::in_subtransaction([&] {
        (void)pg::run_once(std::string("CREATE ") + (is_unique ? "UNIQUE " : "") + "INDEX " +
                           quoted_name(name) + " ON " + table.name() + " (" +
                           quoted_name(parts.column) + ") WHERE " + parts.condition);
    });
    if (failure && failure->sqlstate != ERRCODE_UNIQUE_VIOLATION &&
        failure->sqlstate != ERRCODE_INSUFFICIENT_PRIVILEGE) {
        pg::raise(*failure);
    }
    return !failure;
}

std::optional<AttachedIndex> index_for(const AttachedTable& table, const pg::Rule& rule,
                                       const char* kind) {
    if (rule.columns == 0) {
        return std::nullopt;
    }
    bool is_built = false;
    pg::Help help = help_for(table, rule);
    if (!OidIsValid(help.unique)) {
        is_built = build_index(table, rule, kind, true) ||
                   (!OidIsValid(help.look_up) && build_index(table, rule, kind, false));
        help = help_for(table, rule);
    }
    const Oid index = OidIsValid(help.unique) ? help.unique : help.look_up;
    if (!OidIsValid(index)) {
        return std::nullopt;
    }
    return AttachedIndex{
        .name = pg::guarded([&] { return const_cast<const char*>(get_rel_name(index)); }),
        .is_unique = OidIsValid(help.unique),
        .is_built = is_built};
}

void drop_built_indexes(const AttachedTable& table) {
    const pg::Rows rows = pg::run_once(
        "SELECT x.relname::text FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid"
        " WHERE i.indrelid = " +
        std::to_string(table.oid()) +
        " AND x.relname ~ '_cart_ext_(user|session)[0-9]*$' ORDER BY 1");
    for (std::size_t i = 0; i < rows.size(); ++i) {
        (void)pg::run_once("DROP INDEX " + quoted_name(table.schema()) + "." +
                           quoted_name(rows[i].text(1)));
    }
}

bool has_trigger(Oid table) {
    return look_up("SELECT true FROM pg_trigger WHERE NOT tgisinternal AND tgname = " +
                   quoted_text(trigger_name) + " AND tgrelid = " + std::to_string(table))
        .has_value();
}

std::string name_of_role(Oid role) {
    return pg::guarded([&] { return const_cast<const char*>(GetUserNameFromId(role, false)); });
}

std::optional<std::string_view> view_of(const std::optional<std::string>& text) {
    return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

void record(const AttachedTable& table, const OwnerColumns& columns, Oid caller) {
    const std::string caller_name = name_of_role(caller);
    const pg::RunAs as_owner(layout().owner);
    tame_deferred_triggers(caller, layout().owner);
    const OwnWrite own;
    (void)write_record.run(
        {pg::argument(std::string_view(table.schema())),
         pg::argument(std::string_view(table.table())), pg::argument(view_of(columns.user)),
         pg::argument(view_of(columns.session)), pg::argument(view_of(columns.status)),
         pg::argument(std::string_view(columns.active)),
         pg::argument(std::string_view(caller_name)), pg::timestamp_argument(pg::now())});
}

void forget_record(const AttachedTable& table, Oid caller) {
    const pg::RunAs as_owner(layout().owner);
    tame_deferred_triggers(caller, layout().owner);
    const OwnWrite own;
    (void)delete_record.run({pg::argument(std::string_view(table.schema())),
                             pg::argument(std::string_view(table.table()))});
}

Attached put_on(const AttachedTable& table, const OwnerColumns& columns,
                const std::string& functions_schema) {
    table.check_kind();
    const pg::Rules rules = rules_of(table, columns);
    check_types(table, columns);
    make_trigger(table, columns, functions_schema);
    return {.table = table.name(),
            .of_users = index_for(table, rules.of[0], "user"),
            .of_sessions = index_for(table, rules.of[1], "session")};
}

struct Record {
    std::string schema;
    std::string table;
    OwnerColumns columns;
    Oid oid;
    Oid owner;
    std::string owner_name;
    bool has_index;
};

std::optional<std::string> kept(const std::optional<std::string_view>& text) {
    return text ? std::optional(std::string(*text)) : std::nullopt;
}

std::vector<Record> records() {
    const pg::Rows rows = pg::run_once(select_records);
    std::vector<Record> records;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        records.push_back({.schema = std::string(row.text(1)),
                           .table = std::string(row.text(2)),
                           .columns = {.user = kept(row.optional_text(3)),
                                       .session = kept(row.optional_text(4)),
                                       .status = kept(row.optional_text(5)),
                                       .active = std::string(row.text(6))},
                           .oid = static_cast<Oid>(row.number(7)),
                           .owner = static_cast<Oid>(row.number(8)),
                           .owner_name = std::string(row.text(9)),
                           .has_index = row.boolean(10)});
    }
    return records;
}

bool may_attach(const Record& record, Oid tables_owner) {
    return pg::guarded([&] {
        return has_privs_of_role(GetUserId(), record.owner) &&
               (record.has_index || has_privs_of_role(tables_owner, record.owner));
    });
}

}  // namespace

Attached attach(Oid oid, const OwnerColumns& columns, Oid function) {
    const Layout& tables = checked_layout();
    const Oid caller = GetUserId();
    const pg::Connection connection;
    const Site site = find_site(tables.owner, function);
    const pg::RunAs as_caller(caller);
    const AttachedTable table(oid);
    Attached attached = put_on(table, columns, site.functions_schema);
    if (!table.is_temporary()) {
        record(table, columns, caller);
    }
    return attached;
}

std::string detach(Oid oid) {
    (void)checked_layout();
    const Oid caller = GetUserId();
    const pg::Connection connection;
    const pg::RunAs as_caller(caller);
    const AttachedTable table(oid);
    if (!has_trigger(oid)) {
        pg::raise(ERRCODE_UNDEFINED_OBJECT, "table \"" + table.table() + "\" is not attached");
    }
    (void)pg::run_once("DROP TRIGGER " + quoted_name(trigger_name) + " ON " + table.name());
    drop_built_indexes(table);
    forget_record(table, caller);
    return table.name();
}

void attach_recorded(const Site& site, SetupWork& work) {
    std::vector<Record> recorded;
    {
        const pg::RunAs as_owner(site.owner);
        recorded = records();
    }
    const pg::RunAs as_caller(GetUserId());
    for (const Record& record : recorded) {
        const std::string name = quoted_name(record.schema) + "." + quoted_name(record.table);
        if (has_trigger(record.oid)) {
            continue;
        }
        if (!may_attach(record, site.owner)) {
            pg::warn(ERRCODE_INSUFFICIENT_PRIVILEGE, "table " + name + " was not attached again",
                     "It belongs to role \"" + record.owner_name + "\".",
                     "Run cart_attach() as that role.");
            continue;
        }
        const AttachedTable table(record.oid);
        (void)put_on(table, record.columns, site.functions_schema);
        work.note("attached " + name);
    }
}

}  // namespace cart::store
