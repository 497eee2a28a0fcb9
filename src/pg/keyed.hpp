// Statements that find their rows by the key of an index: described once, run either way.
//
// The server's executor takes most of the time of such a statement, and the heap little. So a
// description is run directly on the heap and its indexes (direct.hpp) wherever the table is a
// plain one, and as SQL, whose text is made of the same description, wherever it is not, or where
// the setting cart_ext.direct_access says so. Both give the same rows, wait for the same locks and
// raise the same errors.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pg/direct_table.hpp"
#include "pg/spi.hpp"

namespace cart::pg {

// What an UPDATE makes of a column.
struct Assignment {
    enum class Kind : unsigned char {
        argument,         // $n
        argument_or_old,  // coalesce($n, column)
        later,            // greatest($n, column), a moment
        increment,        // column + 1, a bigint
        constant,         // 'text'
        null,
    };
    const char* column;
    Kind kind;
    int argument = 0;  // n
    const char* constant = nullptr;
};

// Names are literals. A list of names is as in SQL: with ", " between them.
struct KeyedPlan {
    enum class Kind : unsigned char {
        select,
        lock,    // SELECT … FOR NO KEY UPDATE
        update,  // … RETURNING columns
        insert,  // … RETURNING columns
        remove,  // DELETE
    };
    Kind kind;
    const char* schema;
    const char* table;
    // The index whose first columns the keys are; none for an insert. Only a select may find many
    // rows by one that is not unique.
    const char* index = nullptr;
    // Columns that are $1, $2, …; of an insert, those of which there may be one row only.
    const char* keys = "";
    // The last key is an array, of whose elements one is to match.
    bool any_of_last = false;
    // Beside the keys: the status that the row must have.
    const char* status = nullptr;
    const char* other_status = nullptr;  // or this one
    // What is returned.
    const char* columns = "";
    // Of an insert: the columns that are $1, $2, …
    const char* given = "";
    // Of an insert: it does nothing where a unique index has such a row, or will (ON CONFLICT DO
    // NOTHING); that of the keys, where there are any.
    bool unless_there = false;
    // Unique indexes that the rows rely on. Where one is missing, SQL has to see what becomes of
    // that: it fails, or our trigger looks in the index's place.
    const char* relies_on = "";
    // Of a removal: the row was made by this transaction, so that no other row can refer to it.
    bool is_new = false;
    std::span<const Assignment> assignments = {};
};

// The same row or rows, and something else done with them.
[[nodiscard]] constexpr KeyedPlan locking(KeyedPlan plan) {
    plan.kind = KeyedPlan::Kind::lock;
    return plan;
}
[[nodiscard]] constexpr KeyedPlan updating(KeyedPlan plan,
                                           std::span<const Assignment> assignments) {
    plan.kind = KeyedPlan::Kind::update;
    plan.assignments = assignments;
    return plan;
}
// Adds the row, unless the index that finds it by its keys has one.
[[nodiscard]] constexpr KeyedPlan adding(KeyedPlan plan, const char* given) {
    plan.kind = KeyedPlan::Kind::insert;
    plan.given = given;
    plan.unless_there = true;
    plan.relies_on = plan.index;
    return plan;
}
[[nodiscard]] constexpr KeyedPlan relying_on(const char* indexes, KeyedPlan plan) {
    plan.relies_on = indexes;
    return plan;
}
[[nodiscard]] constexpr KeyedPlan removing(KeyedPlan plan) {
    plan.kind = KeyedPlan::Kind::remove;
    plan.columns = "";
    return plan;
}
[[nodiscard]] constexpr KeyedPlan removing_new(KeyedPlan plan) {
    plan.is_new = true;
    return removing(plan);
}
[[nodiscard]] constexpr KeyedPlan returning(KeyedPlan plan, const char* columns) {
    plan.columns = columns;
    return plan;
}
[[nodiscard]] constexpr Assignment to_argument(const char* column, int argument) {
    return {.column = column, .kind = Assignment::Kind::argument, .argument = argument};
}

// Takes the first name off a list; empty at its end.
[[nodiscard]] std::string_view next_name(std::string_view& list) noexcept;

// The description as SQL.
[[nodiscard]] std::string sql_of(const KeyedPlan& plan);

// A statement with a plan. To be a static object, as Statement is.
class KeyedStatement {
  public:
    explicit KeyedStatement(const KeyedPlan& plan) noexcept : plan_(plan) {}

    // As Statement::run(). The order of the rows is not defined. `place`: where the one row that
    // has the keys was last, if that is known.
    Rows run(std::initializer_list<Argument> arguments, Access access = Access::write,
             const RowPlace& place = {});
    // An insert of several rows, whose arguments stand one row after the other.
    void insert_all(std::span<const Argument> arguments);

  private:
    Statement& as_sql();

    KeyedPlan plan_;
    DirectTable table_;
    std::string text_;
    std::optional<Statement> statement_;
};

}  // namespace cart::pg
