#include "pg/spi.hpp"

#include <array>
#include <exception>

#include "core/error.hpp"
#include "pg/guard.hpp"
#include "pg/run_as.hpp"

extern "C" {
#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
}

namespace cart::pg {

namespace {

// More parameters than any statement of the store has.
constexpr std::size_t max_arguments = 24;

template <typename T>
Argument optional_argument(const std::optional<T>& value, Oid type) {
    return value ? argument(*value) : Argument{.type = type};
}

Rows checked(int code, const char* sql) {
    if (code < 0) {
        guarded([&] {
            ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                            errmsg("could not run a statement: %s", SPI_result_code_string(code)),
                            errdetail_internal("%s", sql)));
        });
    }
    return {SPI_tuptable, SPI_processed};
}

}  // namespace

Argument argument(std::string_view text) {
    return {.type = TEXTOID, .datum = to_datum(text), .is_null = false};
}
Argument argument(const std::optional<std::string_view>& text) {
    return optional_argument(text, TEXTOID);
}
Argument argument(const Uuid& uuid) {
    return {.type = UUIDOID, .datum = to_datum(uuid), .is_null = false};
}
Argument argument(const std::optional<Uuid>& uuid) { return optional_argument(uuid, UUIDOID); }
Argument argument(Bytes bytes) {
    return {.type = BYTEAOID, .datum = to_datum(bytes), .is_null = false};
}
Argument argument(const std::optional<Bytes>& bytes) { return optional_argument(bytes, BYTEAOID); }
Argument argument(const core::Decimal& number) {
    return {.type = NUMERICOID, .datum = to_datum(number), .is_null = false};
}
Argument argument(const std::optional<core::Decimal>& number) {
    return optional_argument(number, NUMERICOID);
}
Argument argument(const Jsonb* document) {
    return {.type = JSONBOID, .datum = PointerGetDatum(document), .is_null = document == nullptr};
}
Argument argument(std::int64_t number) {
    return {.type = INT8OID, .datum = Int64GetDatum(number), .is_null = false};
}
Argument argument(const std::optional<std::int64_t>& number) {
    return optional_argument(number, INT8OID);
}
Argument timestamp_argument(TimestampTz time) {
    return {.type = TIMESTAMPTZOID, .datum = TimestampTzGetDatum(time), .is_null = false};
}

namespace {

// How the elements of an array are stored.
struct ElementType {
    Oid oid;
    Oid array;
    int length;
    bool by_value;
    char alignment;
};

template <typename T>
Argument array_argument(std::span<const T> values, const ElementType& type) {
    const auto count = static_cast<int>(values.size());
    auto* elements =
        guarded([&] { return static_cast<Datum*>(palloc(sizeof(Datum) * values.size() + 1)); });
    for (std::size_t i = 0; i < values.size(); ++i) {
        elements[i] = to_datum(values[i]);
    }
    return {.type = type.array,
            .datum = guarded([&] {
                return PointerGetDatum(construct_array(elements, count, type.oid, type.length,
                                                       type.by_value, type.alignment));
            }),
            .is_null = false};
}

}  // namespace

Argument argument(std::span<const Uuid> uuids) {
    return array_argument(uuids, {.oid = UUIDOID,
                                  .array = UUIDARRAYOID,
                                  .length = static_cast<int>(sizeof(Uuid)),
                                  .by_value = false,
                                  .alignment = TYPALIGN_CHAR});
}

Argument argument(std::span<const Bytes> bytes) {
    return array_argument(bytes, {.oid = BYTEAOID,
                                  .array = BYTEAARRAYOID,
                                  .length = -1,
                                  .by_value = false,
                                  .alignment = TYPALIGN_INT});
}

Argument argument(std::optional<std::span<const std::string_view>> texts) {
    if (!texts) {
        return {.type = TEXTARRAYOID};
    }
    return array_argument(*texts, {.oid = TEXTOID,
                                   .array = TEXTARRAYOID,
                                   .length = -1,
                                   .by_value = false,
                                   .alignment = TYPALIGN_INT});
}

Row::Row(HeapTuple tuple, TupleDesc attributes, const AttrNumber* places)
    : attributes_(attributes), places_(places), place_{tuple->t_self} {
    guarded([&] {
        const auto count = static_cast<std::size_t>(attributes->natts);
        values_ = static_cast<Datum*>(palloc(count * (sizeof(Datum) + sizeof(bool)) + 1));
        nulls_ = reinterpret_cast<bool*>(values_ + count);
        heap_deform_tuple(tuple, attributes, values_, nulls_);
    });
}

// Reading a value as another type than it has would follow a number as a pointer.
void Row::check_type(int column, Oid expected) const {
    const auto* found = TupleDescAttr(attributes_, attribute(column) - 1);
    if (found->atttypid == expected) {
        return;
    }
    guarded([&] {
        if (getBaseType(found->atttypid) != expected) {
            ereport(ERROR,
                    (errcode(ERRCODE_DATATYPE_MISMATCH),
                     errmsg("column \"%s\" is of type %s instead of %s", NameStr(found->attname),
                            format_type_be(found->atttypid), format_type_be(expected))));
        }
    });
}

Datum Row::datum(int column, Oid type) const {
    check_type(column, type);
    if (is_null(column)) {
        guarded([&] {
            const auto* found = TupleDescAttr(attributes_, attribute(column) - 1);
            ereport(ERROR, (errcode(ERRCODE_NOT_NULL_VIOLATION),
                            errmsg("null value in column \"%s\"", NameStr(found->attname))));
        });
    }
    return values_[attribute(column) - 1];
}

bool Row::is_null(int column) const { return nulls_[attribute(column) - 1]; }

std::string_view Row::text(int column) const { return text_from(datum(column, TEXTOID)); }
Uuid Row::uuid(int column) const { return uuid_from(datum(column, UUIDOID)); }
core::Decimal Row::decimal(int column) const { return decimal_from(datum(column, NUMERICOID)); }
std::int64_t Row::number(int column) const { return DatumGetInt64(datum(column, INT8OID)); }
bool Row::boolean(int column) const { return DatumGetBool(datum(column, BOOLOID)); }
TimestampTz Row::time(int column) const {
    return DatumGetTimestampTz(datum(column, TIMESTAMPTZOID));
}

std::optional<std::string_view> Row::optional_text(int column) const {
    return is_null(column) ? std::nullopt : std::optional(text(column));
}
std::optional<Uuid> Row::optional_uuid(int column) const {
    return is_null(column) ? std::nullopt : std::optional(uuid(column));
}
std::optional<Bytes> Row::optional_bytes(int column) const {
    return is_null(column) ? std::nullopt : std::optional(bytes_from(datum(column, BYTEAOID)));
}
std::optional<core::Decimal> Row::optional_decimal(int column) const {
    return is_null(column) ? std::nullopt : std::optional(decimal(column));
}
Jsonb* Row::jsonb(int column) const {
    return is_null(column) ? nullptr : jsonb_from(datum(column, JSONBOID));
}
std::optional<TimestampTz> Row::optional_time(int column) const {
    return is_null(column) ? std::nullopt : std::optional(time(column));
}

Connection::Connection() : exceptions_(std::uncaught_exceptions()) {
    guarded([] { SPI_connect(); });
}

Connection::~Connection() {
    // After an error, the rollback of the (sub)transaction ends the connection.
    if (std::uncaught_exceptions() == exceptions_) {
        SPI_finish();
    }
}

namespace {

class InUse {
  public:
    explicit InUse(int& count) noexcept : count_(count) { ++count_; }
    ~InUse() { --count_; }
    InUse(const InUse&) = delete;
    InUse& operator=(const InUse&) = delete;

  private:
    int& count_;
};

}  // namespace

bool has_one_snapshot() { return IsolationUsesXactSnapshot() || IsInParallelMode(); }

FreshSnapshot::FreshSnapshot() : exceptions_(std::uncaught_exceptions()) {
    guarded([] { PushActiveSnapshot(GetTransactionSnapshot()); });
}

FreshSnapshot::~FreshSnapshot() {
    if (std::uncaught_exceptions() == exceptions_) {
        PopActiveSnapshot();
    }
}

// Arguments as SPI takes them.
struct SpiArguments {
    explicit SpiArguments(std::span<const Argument> arguments) {
        for (const Argument& argument : arguments) {
            const auto place = static_cast<std::size_t>(count++);
            types.at(place) = argument.type;
            values.at(place) = argument.datum;
            nulls.at(place) = argument.is_null ? 'n' : ' ';
        }
    }
    std::array<Oid, max_arguments> types{};
    std::array<Datum, max_arguments> values{};
    std::array<char, max_arguments> nulls{};
    int count = 0;
};

void Statement::prepare(const SpiArguments& given) {
    // A plan in use must not be freed: a trigger of the application's may have called us again
    // from within the statement. The server plans it anew by itself.
    if (plan_ != nullptr && (running_ > 0 || SPI_plan_is_valid(plan_))) {
        return;
    }
    guarded([&] {
        // Every statement of ours finds its rows by a key: no value makes another plan better. Left
        // to itself the server plans anew each time where it holds an array for longer than it is.
        SPIPlanPtr plan = SPI_prepare_cursor(
            sql_, given.count, const_cast<Oid*>(given.types.data()), CURSOR_OPT_GENERIC_PLAN);
        if (plan == nullptr) {
            elog(ERROR, "could not prepare a statement: %s", SPI_result_code_string(SPI_result));
        }
        SPI_keepplan(plan);
        if (plan_ != nullptr) {
            SPI_freeplan(plan_);
        }
        plan_ = plan;
    });
}

Rows Statement::run(std::span<const Argument> arguments, Access access) {
    RunAs::pin_search_path();
    SpiArguments given(arguments);
    prepare(given);
    const bool read_only = access == Access::snapshot;
    const InUse in_use(running_);
    const int code = guarded([&] {
        return SPI_execute_plan(plan_, given.values.data(), given.nulls.data(), read_only, 0);
    });
    return checked(code, sql_);
}

Cursor::Cursor(const char* sql, std::initializer_list<Argument> arguments)
    : exceptions_(std::uncaught_exceptions()) {
    RunAs::pin_search_path();
    SpiArguments given(std::span(arguments.begin(), arguments.size()));
    portal_ = guarded([&] {
        return SPI_cursor_open_with_args(nullptr, sql, given.count, given.types.data(),
                                         given.values.data(), given.nulls.data(), false, 0);
    });
}

Cursor::~Cursor() {
    // After an error, the rollback closes it.
    if (std::uncaught_exceptions() == exceptions_) {
        free_rows();
        SPI_cursor_close(portal_);
    }
}

void Cursor::free_rows() noexcept {
    if (rows_ != nullptr) {
        SPI_freetuptable(rows_);
        rows_ = nullptr;
    }
}

Rows Cursor::next(long most) {
    free_rows();
    guarded([&] { SPI_cursor_fetch(portal_, true, most); });
    rows_ = SPI_tuptable;
    return {SPI_tuptable, SPI_processed};
}

void check_statement(const std::string& sql) {
    RunAs::pin_search_path();
    const char* text = sql.c_str();
    guarded([&] {
        SPIPlanPtr plan = SPI_prepare(text, 0, nullptr);
        if (plan == nullptr) {
            elog(ERROR, "could not prepare a statement: %s", SPI_result_code_string(SPI_result));
        }
        SPI_freeplan(plan);
    });
}

Rows run_once(const std::string& sql) {
    RunAs::pin_search_path();
    const char* text = sql.c_str();
    const int code = guarded([&] { return SPI_execute(text, false, 0); });
    return checked(code, text);
}

}  // namespace cart::pg
