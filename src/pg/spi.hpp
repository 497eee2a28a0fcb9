// Running SQL: a connection for a scope, saved plans, typed arguments and rows.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/decimal.hpp"
#include "pg/server.hpp"
#include "pg/values.hpp"

extern "C" {
#include "executor/spi.h"
}

namespace cart::pg {

// A value for a statement's parameter, made in the current memory context.
struct Argument {
    Oid type;
    Datum datum = 0;
    bool is_null = true;
};

[[nodiscard]] Argument argument(std::string_view text);
[[nodiscard]] Argument argument(const std::optional<std::string_view>& text);
[[nodiscard]] Argument argument(const Uuid& uuid);
[[nodiscard]] Argument argument(const std::optional<Uuid>& uuid);
[[nodiscard]] Argument argument(std::span<const Uuid> uuids);
[[nodiscard]] Argument argument(std::span<const Bytes> bytes);
// A text[]; nothing: NULL.
[[nodiscard]] Argument argument(std::optional<std::span<const std::string_view>> texts);
[[nodiscard]] Argument argument(Bytes bytes);
[[nodiscard]] Argument argument(const std::optional<Bytes>& bytes);
[[nodiscard]] Argument argument(const core::Decimal& number);
[[nodiscard]] Argument argument(const std::optional<core::Decimal>& number);
[[nodiscard]] Argument argument(const Jsonb* document);
[[nodiscard]] Argument argument(std::int64_t number);
[[nodiscard]] Argument argument(const std::optional<std::int64_t>& number);
[[nodiscard]] Argument timestamp_argument(TimestampTz time);

// Where a row stood when it was read directly; invalid after SQL. A hint, to be had again sooner.
struct RowPlace {
    ItemPointerData tid = {{0, 0}, 0};

    [[nodiscard]] bool is_known() const noexcept { return tid.ip_posid != 0; }
};

// One row of a result. Columns are counted from 1. What it gives lives as long as the connection.
// A NULL where none is expected raises 23502, another type than the one asked for 42804.
class Row {
  public:
    // `places`: which of the tuple's attributes the columns are; nullptr: they are its attributes.
    Row(HeapTuple tuple, TupleDesc attributes, const AttrNumber* places = nullptr);

    [[nodiscard]] RowPlace place() const noexcept { return place_; }
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::optional<std::string_view> optional_text(int column) const;
    [[nodiscard]] Uuid uuid(int column) const;
    [[nodiscard]] std::optional<Uuid> optional_uuid(int column) const;
    [[nodiscard]] std::optional<Bytes> optional_bytes(int column) const;
    [[nodiscard]] core::Decimal decimal(int column) const;
    [[nodiscard]] std::optional<core::Decimal> optional_decimal(int column) const;
    [[nodiscard]] Jsonb* jsonb(int column) const;  // nullptr for NULL
    [[nodiscard]] std::int64_t number(int column) const;
    [[nodiscard]] bool boolean(int column) const;
    [[nodiscard]] TimestampTz time(int column) const;
    [[nodiscard]] std::optional<TimestampTz> optional_time(int column) const;

  private:
    [[nodiscard]] int attribute(int column) const noexcept {
        return places_ == nullptr ? column : places_[column - 1];
    }
    void check_type(int column, Oid expected) const;
    [[nodiscard]] Datum datum(int column, Oid type) const;

    TupleDesc attributes_;
    const AttrNumber* places_;
    RowPlace place_;
    // Of all attributes. Getting them one by one goes through the row from its beginning each time.
    Datum* values_ = nullptr;
    bool* nulls_ = nullptr;
};

class Rows {
  public:
    Rows(SPITupleTable* table, std::uint64_t affected) noexcept
        : tuples_(table == nullptr ? nullptr : table->vals),
          size_(table == nullptr ? 0 : table->numvals),
          attributes_(table == nullptr ? nullptr : table->tupdesc),
          affected_(affected) {}
    Rows(std::span<const HeapTuple> tuples, TupleDesc attributes, const AttrNumber* places,
         std::uint64_t affected) noexcept
        : tuples_(tuples.data()),
          size_(tuples.size()),
          attributes_(attributes),
          places_(places),
          affected_(affected) {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] Row operator[](std::size_t index) const {
        return {tuples_[index], attributes_, places_};
    }
    // Rows returned, inserted, updated or deleted.
    [[nodiscard]] std::uint64_t affected() const noexcept { return affected_; }

  private:
    const HeapTuple* tuples_;
    std::size_t size_;
    TupleDesc attributes_;
    const AttrNumber* places_ = nullptr;
    std::uint64_t affected_;
};

// A connection to SPI for its lifetime. Its memory, the rows of all statements among it, goes
// with it.
class Connection {
  public:
    Connection();
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

  private:
    int exceptions_;
};

enum class Access : bool {
    write,     // a snapshot of its own, in READ COMMITTED that of the moment
    snapshot,  // the caller's snapshot, reading only
};

// Whether all statements here see by one snapshot, and none takes another: above READ COMMITTED,
// and in a parallel query.
[[nodiscard]] bool has_one_snapshot();

// For its lifetime, Access::snapshot means one snapshot taken now: what is read in several
// statements belongs together, though nothing is locked.
class FreshSnapshot {
  public:
    FreshSnapshot();
    ~FreshSnapshot();
    FreshSnapshot(const FreshSnapshot&) = delete;
    FreshSnapshot& operator=(const FreshSnapshot&) = delete;

  private:
    int exceptions_;
};

struct SpiArguments;

// A statement that is planned once a backend and kept. To be a static object: it is never freed.
class Statement {
  public:
    constexpr explicit Statement(const char* sql) noexcept : sql_(sql) {}

    Rows run(std::initializer_list<Argument> arguments, Access access = Access::write) {
        return run(std::span(arguments.begin(), arguments.size()), access);
    }
    Rows run(std::span<const Argument> arguments, Access access = Access::write);

  private:
    void prepare(const SpiArguments& given);

    const char* sql_;
    SPIPlanPtr plan_ = nullptr;
    int running_ = 0;
};

// Reads a long result in portions, so that it need not fit into memory.
class Cursor {
  public:
    Cursor(const char* sql, std::initializer_list<Argument> arguments);
    ~Cursor();
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    // The next rows, at most so many; none at the end. Those of the last call are gone.
    [[nodiscard]] Rows next(long most);

  private:
    void free_rows() noexcept;

    Portal portal_ = nullptr;
    SPITupleTable* rows_ = nullptr;
    int exceptions_;
};

// Raises what is wrong with a statement, without running it.
void check_statement(const std::string& sql);

// Runs a text once, without keeping a plan: for DDL.
Rows run_once(const std::string& sql);

}  // namespace cart::pg
