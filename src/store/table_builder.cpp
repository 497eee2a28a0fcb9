#include "store/table_builder.hpp"

#include <algorithm>
#include <map>

#include "pg/guard.hpp"

namespace cart::store {

namespace {

class TableBuilder {
  public:
    TableBuilder(const Table& table, const TableSite& site, SetupWork& work)
        : table_(table), site_(site), work_(work), name_("cart." + std::string(table.name)) {}

    void build() {
        make_table();
        make_columns();
        make_constraints();
        make_indexes();
        make_triggers();
        make_policies();
    }

  private:
    // The table's oid, as an expression.
    [[nodiscard]] std::string oid() const { return "'" + name_ + "'::regclass"; }

    void make_table() {
        const auto found = look_up(
            "SELECT pg_get_userbyid(relowner)::text, relowner = " + std::to_string(site_.owner) +
            ", relkind::text FROM pg_class WHERE relname = '" + std::string(table_.name) +
            "' AND relnamespace = 'cart'::regnamespace");
        if (!found) {
            create_table();
        } else if (!found->boolean(2)) {
            refuse_foreign("relation \"" + name_ + "\"", found->text(1));
        } else if (found->text(3) != "r") {
            pg::raise(ERRCODE_WRONG_OBJECT_TYPE, "\"" + name_ + "\" is not an ordinary table", {},
                      "Drop or rename it.");
        }
    }

    void create_table() {
        std::string parts;
        for (const Column& column : table_.columns) {
            parts += definition_of(column) + ", ";
        }
        for (const std::string_view constraint : table_.constraints) {
            parts += std::string(constraint) + ", ";
        }
        parts.resize(parts.size() - 2);
        work_.run(
            "CREATE TABLE " + name_ + " (" + parts + ") WITH (" + std::string(table_.options) + ")",
            "created table " + name_);
        for (const Column& column : table_.columns) {
            if (!column.is_compressed) {
                (void)pg::run_once("ALTER TABLE " + name_ + " ALTER COLUMN " +
                                   std::string(column.name) + " SET STORAGE EXTERNAL");
            }
        }
        (void)pg::run_once("COMMENT ON TABLE " + name_ + " IS " + quoted_text(table_.comment));
    }

    static std::string definition_of(const Column& column) {
        std::string definition = std::string(column.name) + " " + std::string(column.type);
        if (column.is_required) {
            definition += " NOT NULL";
        }
        if (!column.default_value.empty()) {
            definition += " DEFAULT " + std::string(column.default_value);
        }
        return definition;
    }

    void make_columns() {
        const pg::Rows rows = pg::run_once(
            "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod) || CASE WHEN "
            "a.attgenerated <> '' OR"
            " a.attidentity <> '' THEN ' GENERATED' ELSE '' END || CASE WHEN a.attcollation ="
            " t.typcollation THEN '' ELSE ' COLLATE ' || quote_ident(c.collname) END,"
            " a.attnotnull, a.atthasdef"
            " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
            " LEFT JOIN pg_collation c ON c.oid = a.attcollation"
            " WHERE attrelid = " +
            oid() + " AND attnum > 0 AND NOT attisdropped");
        std::map<std::string_view, pg::Row> found;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            found.emplace(rows[i].text(1), rows[i]);
        }
        for (const Column& column : table_.columns) {
            const auto at = found.find(column.name);
            if (at == found.end()) {
                work_.run("ALTER TABLE " + name_ + " ADD COLUMN " + definition_of(column),
                          "added column " + std::string(column.name) + " to " + name_);
            } else {
                check_column(column, at->second);
            }
        }
    }

    void check_column(const Column& column, const pg::Row& found) {
        const std::string name(column.name);
        if (found.text(2) != column.type) {
            pg::raise(ERRCODE_DATATYPE_MISMATCH,
                      "column " + name + " of " + name_ + " is of type " +
                          std::string(found.text(2)) + " instead of " + std::string(column.type),
                      {}, "Give it its type back, and run cart_setup() again.");
        }
        const std::string alter = "ALTER TABLE " + name_ + " ALTER COLUMN " + name;
        if (!column.default_value.empty() && !found.boolean(4)) {
            work_.run(alter + " SET DEFAULT " + std::string(column.default_value),
                      "gave column " + name + " of " + name_ + " its default back");
        }
        if (column.is_required && !found.boolean(3)) {
            work_.run(alter + " SET NOT NULL",
                      "made column " + name + " of " + name_ + " NOT NULL");
        }
    }

    void make_constraints() {
        for (const std::string_view constraint : table_.constraints) {
            const std::string definition(constraint);
            if (!look_up("SELECT true FROM pg_constraint WHERE conrelid = " + oid() +
                         " AND pg_get_constraintdef(oid) = " + quoted_text(definition))) {
                work_.run("ALTER TABLE " + name_ + " ADD " + definition,
                          "gave " + name_ + " its " + definition);
            }
        }
    }

    void make_indexes() {
        for (const Index& index : table_.indexes) {
            const std::string name = "cart." + std::string(index.name);
            // Storage parameters are the DBA's.
            const auto found = look_up(
                "SELECT i.indisvalid, regexp_replace(pg_get_indexdef(i.indexrelid),"
                " ' WITH \\([^)]*\\)', '') = " +
                quoted_text(statement_for(index)) +
                " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname = '" +
                std::string(index.name) + "' AND c.relnamespace = 'cart'::regnamespace");
            if (found && found->boolean(1) && found->boolean(2)) {
                continue;
            }
            if (index.is_unique) {
                check_no_duplicates(index);
            }
            if (found) {
                work_.run("DROP INDEX " + name,
                          std::string(found->boolean(2) ? "dropped the invalid index "
                                                        : "dropped an index of another kind, ") +
                              name);
            }
            work_.run(statement_for(index), "created index " + name);
        }
    }

    [[nodiscard]] std::string statement_for(const Index& index) const {
        return std::string("CREATE ") + (index.is_unique ? "UNIQUE " : "") + "INDEX " +
               std::string(index.name) + " ON " + name_ + " USING btree (" +
               std::string(index.columns) + ")" + condition_of(index);
    }

    static std::string condition_of(const Index& index) {
        return index.predicate.empty() ? std::string() : " WHERE " + std::string(index.predicate);
    }

    // Names the owners in the way, where the server would name the first pair of rows.
    void check_no_duplicates(const Index& index) const {
        constexpr int most_shown = 20;
        const std::string columns(index.columns);
        const auto found = look_up(
            "SELECT count(*), jsonb_build_object('index', 'cart." + std::string(index.name) +
            "', 'count', count(*), 'owners', jsonb_agg(to_jsonb(d) - 'place' ORDER BY place)"
            " FILTER (WHERE place <= " +
            std::to_string(most_shown) + "))::text FROM (SELECT " + columns +
            ", count(*) AS carts, row_number() OVER (ORDER BY " + columns + ") AS place FROM " +
            name_ + condition_of(index) + " GROUP BY " + columns + " HAVING count(*) > 1) d");
        if (found->number(1) > 0) {
            pg::raise(ERRCODE_UNIQUE_VIOLATION,
                      std::to_string(found->number(1)) +
                          " owners have several active carts, so that unique index \"cart." +
                          std::string(index.name) + "\" cannot be made",
                      std::string(found->text(2)),
                      "SELECT cart_reconcile_all() makes one cart of them; then run cart_setup() "
                      "again.");
        }
    }

    void make_triggers() {
        for (const Trigger& trigger : table_.triggers) {
            const std::string name(trigger.name);
            const std::string statement =
                name + " " + std::string(trigger.events) + " ON " + name_ + " FOR EACH ROW " +
                when(trigger) + "EXECUTE FUNCTION " + quoted_name(site_.extension_schema) + "." +
                std::string(trigger.function) + "()";
            const std::string enabled = trigger.is_always ? "'A'" : "'O'";
            const auto found = look_up(
                "SELECT tgenabled = " + enabled +
                ", pg_get_triggerdef(oid) = " + quoted_text("CREATE TRIGGER " + statement) +
                " FROM pg_trigger WHERE tgrelid = " + oid() + " AND tgname = '" + name + "'");
            const std::string enabling = "ALTER TABLE " + name_ + " ENABLE " +
                                         (trigger.is_always ? "ALWAYS TRIGGER " : "TRIGGER ") +
                                         name;
            if (!found || !found->boolean(2)) {
                work_.run("CREATE OR REPLACE TRIGGER " + statement + ";" + enabling,
                          "created the trigger on " + name_);
            } else if (!found->boolean(1)) {
                work_.run(enabling, "enabled the trigger on " + name_);
            }
        }
    }

    static std::string when(const Trigger& trigger) {
        return trigger.condition.empty() ? std::string()
                                         : "WHEN (" + std::string(trigger.condition) + ") ";
    }

    void make_policies() {
        if (table_.policies.empty()) {
            return;
        }
        if (!look_up("SELECT relrowsecurity FROM pg_class WHERE oid = " + oid())->boolean(1)) {
            work_.run("ALTER TABLE " + name_ + " ENABLE ROW LEVEL SECURITY",
                      "enabled row security on " + name_);
        }
        drop_foreign_policies();
        for (const Policy& policy : table_.policies) {
            make_policy(policy);
        }
    }

    // Policies add up: one more would show more.
    void drop_foreign_policies() {
        const pg::Rows rows =
            pg::run_once("SELECT polname::text FROM pg_policy WHERE polrelid = " + oid() +
                         " AND polpermissive ORDER BY polname");
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::string name(rows[i].text(1));
            if (std::ranges::find(table_.policies, name, &Policy::name) == table_.policies.end()) {
                work_.run("DROP POLICY " + quoted_name(name) + " ON " + name_,
                          "dropped policy " + name + " of " + name_);
            }
        }
    }

    void make_policy(const Policy& policy) {
        const std::string sees = in_schema(policy.sees);
        const std::string writes = in_schema(policy.writes);
        const std::string on = std::string(policy.name) + " ON " + name_;
        const auto found = look_up(
            "SELECT polpermissive AND polroles = '{0}' AND polcmd = '" +
            std::string(policy.command == "SELECT" ? "r" : "*") +
            "' AND coalesce(pg_get_expr(polqual, polrelid), '') = " + quoted_text(sees) +
            " AND coalesce(pg_get_expr(polwithcheck, polrelid), '') = " + quoted_text(writes) +
            " FROM pg_policy WHERE polrelid = " + oid() + " AND polname = '" +
            std::string(policy.name) + "'");
        if (found && found->boolean(1)) {
            return;
        }
        if (found) {
            (void)pg::run_once("DROP POLICY " + on);
        }
        work_.run("CREATE POLICY " + on + " FOR " + std::string(policy.command) + " USING " +
                      enclosed(sees) +
                      (writes.empty() ? std::string() : " WITH CHECK " + enclosed(writes)),
                  "created policy " + on);
    }

    static std::string enclosed(const std::string& expression) { return "(" + expression + ")"; }

    [[nodiscard]] std::string in_schema(std::string_view expression) const {
        std::string out;
        for (const char c : expression) {
            c == '@' ? out += quoted_name(site_.extension_schema) : out += c;
        }
        return out;
    }

    const Table& table_;
    const TableSite& site_;
    SetupWork& work_;
    std::string name_;
};

}  // namespace

void build_table(const Table& table, const TableSite& site, SetupWork& work) {
    TableBuilder(table, site, work).build();
}

}  // namespace cart::store
