#include "store/import_source.hpp"

#include <cstring>

#include "core/error.hpp"
#include "pg/attempt.hpp"
#include "pg/guard.hpp"
#include "pg/run_as.hpp"
#include "store/setup_work.hpp"

extern "C" {
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
}

namespace cart::store {

namespace {

struct Table {
    std::string quoted;
    std::string name;
    Oid owner;
    std::string kind;
};

Table find_table(Oid relation) {
    const auto row = look_up(
        "SELECT n.nspname::text, c.relname::text, c.relowner::int8, c.relkind::text FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = " +
        std::to_string(relation));
    if (!row) {
        pg::raise(ERRCODE_UNDEFINED_TABLE,
                  "relation with OID " + std::to_string(relation) + " does not exist");
    }
    const std::string schema(row->text(1));
    const std::string table(row->text(2));
    return {.quoted = quoted_name(schema) + "." + quoted_name(table),
            .name = schema + "." + table,
            .owner = static_cast<Oid>(row->number(3)),
            .kind = std::string(row->text(4))};
}

// A view's functions would run with somebody's rights.
void check_kind(const Table& table) {
    if (table.kind != "r" && table.kind != "p" && table.kind != "m") {
        pg::raise(ERRCODE_WRONG_OBJECT_TYPE, "\"" + table.name + "\" is not a table");
    }
}

// The type of the column beneath any domain; nothing: the table has no such column.
std::optional<Oid> type_of(Oid relation, const std::optional<std::string>& column) {
    if (!column) {
        return std::nullopt;
    }
    const char* name = column->c_str();
    const Oid type = pg::guarded([&] {
        const AttrNumber number = get_attnum(relation, name);
        return number > 0 ? getBaseType(get_atttype(relation, number)) : InvalidOid;
    });
    return OidIsValid(type) ? std::optional(type) : std::nullopt;
}

[[noreturn]] void refuse_type(const std::string& column, Oid type, const char* hint) {
    const char* name = pg::guarded([&] { return format_type_be(type); });
    pg::raise(ERRCODE_DATATYPE_MISMATCH, "column \"" + column + "\" is of type " + name, {}, hint);
}

bool is_text(Oid type) { return type == TEXTOID || type == VARCHAROID; }

// The columns as expressions, "NULL" for those that are not there. Types of the server's own only:
// of others, their output would be somebody's code.
class Expressions {
  public:
    explicit Expressions(Oid relation) : relation_(relation) {}

    [[nodiscard]] std::string owner(const std::optional<std::string>& column) const {
        const auto type = type_of(relation_, column);
        if (!type) {
            return "NULL::text";
        }
        if (!is_text(*type) && *type != UUIDOID && *type != INT2OID && *type != INT4OID &&
            *type != INT8OID) {
            refuse_type(*column, *type, "Owners are text, varchar, uuid, or integers.");
        }
        return "nullif(" + quoted_name(*column) + "::text, '')";
    }

    [[nodiscard]] std::string status(const std::optional<std::string>& column) const {
        const auto type = type_of(relation_, column);
        if (!type) {
            return "true";
        }
        const bool is_enum = pg::guarded([&] { return type_is_enum(*type); });
        if (!is_text(*type) && *type != BPCHAROID && !is_enum) {
            refuse_type(*column, *type, "A status is text, varchar, or an enum.");
        }
        return quoted_name(*column) + "::text = 'active'";
    }

    [[nodiscard]] std::string accessed(const std::optional<std::string>& column) const {
        const auto type = type_of(relation_, column);
        if (!type) {
            return "NULL::timestamptz";
        }
        if (*type != TIMESTAMPTZOID && *type != TIMESTAMPOID && *type != DATEOID) {
            refuse_type(*column, *type, "The time of the last use is a timestamp or a date.");
        }
        return quoted_name(*column) + "::timestamptz";
    }

    // Text where it is json, which may hold what jsonb cannot.
    [[nodiscard]] std::string items(const std::optional<std::string>& column, bool& is_json) const {
        const auto type = type_of(relation_, column);
        if (!type) {
            pg::raise(ERRCODE_UNDEFINED_COLUMN,
                      "column \"" + column.value_or("") + "\" does not exist", {},
                      "items_column names the column that has the items.");
        }
        if (*type != JSONOID && *type != JSONBOID) {
            refuse_type(*column, *type, "Items are json or jsonb.");
        }
        is_json = *type == JSONOID;
        return quoted_name(*column) + (is_json ? "::text" : "::jsonb");
    }

  private:
    Oid relation_;
};

std::vector<std::string> key_columns_of(Oid relation) {
    const pg::Rows rows = pg::run_once(
        "SELECT a.attname::text FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH"
        " ORDINALITY k (number, place) JOIN pg_attribute a ON a.attrelid = i.indrelid"
        " AND a.attnum = k.number WHERE i.indisprimary AND k.place <= i.indnkeyatts"
        " AND i.indrelid = " +
        std::to_string(relation) + " ORDER BY k.place");
    std::vector<std::string> names;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        names.emplace_back(rows[i].text(1));
    }
    return names;
}

std::string_view kept(std::string_view text, std::pmr::memory_resource* memory) {
    if (text.empty()) {
        return {};
    }
    auto* copy = static_cast<char*>(memory->allocate(text.size(), 1));
    std::memcpy(copy, text.data(), text.size());
    return {copy, text.size()};
}

std::optional<std::string_view> kept(const std::optional<std::string_view>& text,
                                     std::pmr::memory_resource* memory) {
    return text ? std::optional(kept(*text, memory)) : std::nullopt;
}

const Jsonb* kept(const Jsonb* document, std::pmr::memory_resource* memory) {
    if (document == nullptr) {
        return nullptr;
    }
    void* copy = memory->allocate(VARSIZE(document), MAXIMUM_ALIGNOF);
    std::memcpy(copy, document, VARSIZE(document));
    return static_cast<const Jsonb*>(copy);
}

const Jsonb* parsed(std::string_view text, std::pmr::memory_resource* memory) {
    const std::string terminated(text);
    const char* json = terminated.c_str();
    return kept(pg::guarded([&] {
                    return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
                }),
                memory);
}

Oid reader_of(const Table& table, Oid caller) {
    const bool may = pg::guarded([&] { return has_privs_of_role(caller, table.owner); });
    return may ? table.owner : caller;
}

// Whether it failed for what the text says; raises anything else again, as a cancelled query.
bool is_fault_of_data(const std::optional<pg::Failure>& failure) {
    if (!failure) {
        return false;
    }
    const int failed_class = ERRCODE_TO_CATEGORY(failure->sqlstate);
    if (failed_class != ERRCODE_TO_CATEGORY(ERRCODE_DATA_EXCEPTION) &&
        failed_class != ERRCODE_TO_CATEGORY(ERRCODE_PROGRAM_LIMIT_EXCEEDED)) {
        pg::raise(*failure);
    }
    return true;
}

constexpr int first_key_column = 6;

}  // namespace

ImportSource::ImportSource(Oid relation, const SourceColumns& columns, Oid caller) {
    const Table table = find_table(relation);
    check_kind(table);
    reader_ = reader_of(table, caller);
    name_ = table.name;
    key_ = key_columns_of(relation);
    const Expressions expressions(relation);
    const std::string user = expressions.owner(columns.user);
    const std::string session = expressions.owner(columns.session);
    if (!type_of(relation, columns.user) && !type_of(relation, columns.session)) {
        pg::raise(ERRCODE_UNDEFINED_COLUMN,
                  "relation \"" + table.name + "\" has no column for users or sessions", {},
                  "user_column and session_column name them.");
    }
    std::string keys;
    std::string names;
    for (std::size_t i = 0; i < key_.size(); ++i) {
        keys += ", " + quoted_name(key_[i]) + "::text";
        names += ", k" + std::to_string(i);
    }
    const std::string sql =
        "SELECT user_name, CASE WHEN user_name IS NULL THEN session END, items, accessed, place" +
        names + " FROM (SELECT " + user + ", " + session + ", " +
        expressions.items(columns.items, is_json_) + ", " + expressions.accessed(columns.accessed) +
        ", ctid::text" + keys + " FROM " + table.quoted + " WHERE " +
        expressions.status(columns.status) + ") r (user_name, session, items, accessed, place" +
        names +
        ") ORDER BY user_name COLLATE \"C\", CASE WHEN user_name IS NULL THEN"
        " sha256(convert_to(session, 'UTF8')) END, accessed NULLS FIRST, place COLLATE \"C\"";
    const pg::RunAs as_reader(reader_);
    if (reader_ != table.owner) {
        pg::RunAs::pin("row_security", "off");
    }
    cursor_.emplace(sql.c_str(), std::initializer_list<pg::Argument>{});
}

SourceRow ImportSource::read(const pg::Row& row, std::pmr::memory_resource* memory) const {
    SourceRow out{.user = kept(row.optional_text(1), memory),
                  .session = kept(row.optional_text(2), memory),
                  .accessed = row.optional_time(4),
                  .place = kept(row.text(5), memory),
                  .key = std::pmr::vector<std::string_view>(memory)};
    for (std::size_t i = 0; i < key_.size(); ++i) {
        out.key.push_back(kept(row.text(first_key_column + static_cast<int>(i)), memory));
    }
    return out;
}

// What jsonb cannot hold raises an error: then each row is tried on its own.
void ImportSource::read_json(std::vector<SourceRow>& rows, std::vector<std::string_view>& texts,
                             std::pmr::memory_resource* memory) const {
    const auto read = [&](std::size_t i) {
        rows[i].items = texts[i].data() == nullptr ? nullptr : parsed(texts[i], memory);
    };
    const auto all = pg::in_subtransaction([&] {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            read(i);
        }
    });
    if (!is_fault_of_data(all)) {
        return;
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].items = nullptr;
        rows[i].is_unreadable = is_fault_of_data(pg::in_subtransaction([&] { read(i); }));
    }
}

std::vector<SourceRow> ImportSource::next(long most, std::pmr::memory_resource* memory) {
    const pg::RunAs as_reader(reader_);
    const pg::Rows found = cursor_->next(most);
    const pg::Connection round;  // frees what reading the rows has unpacked
    std::vector<SourceRow> rows;
    std::vector<std::string_view> texts;
    rows.reserve(found.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        rows.push_back(read(found[i], memory));
        if (is_json_) {
            texts.push_back(found[i].optional_text(3).value_or(std::string_view()));
        } else {
            rows.back().items = kept(found[i].jsonb(3), memory);
        }
    }
    if (is_json_) {
        read_json(rows, texts, memory);
    }
    return rows;
}

}  // namespace cart::store
