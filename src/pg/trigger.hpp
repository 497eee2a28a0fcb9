// Row triggers: the rows at hand, and the row to go on with.
#pragma once

#include <string_view>
#include <vector>

#include "pg/function.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "commands/trigger.h"
}

namespace cart::pg {

// What a trigger function was called with. Raises an error where it was not called as a trigger.
[[nodiscard]] TriggerData* trigger_data(const Call& call);

// How many triggers are firing, one within the other.
[[nodiscard]] int trigger_depth();

// One firing of a BEFORE ROW trigger. Columns go by name: tables may have been altered.
class TriggerCall {
  public:
    // Raises an error where the function was not called as a BEFORE ROW trigger.
    explicit TriggerCall(Call& call);

    [[nodiscard]] bool is_insert() const noexcept {
        return TRIGGER_FIRED_BY_INSERT(data_->tg_event);
    }
    [[nodiscard]] bool is_update() const noexcept {
        return TRIGGER_FIRED_BY_UPDATE(data_->tg_event);
    }
    [[nodiscard]] bool is_delete() const noexcept {
        return TRIGGER_FIRED_BY_DELETE(data_->tg_event);
    }

    // The row that is written, and the one that stood there. Under INSERT there is no old one,
    // under DELETE no new one.
    [[nodiscard]] Row new_row() const { return {new_tuple(), columns_}; }
    [[nodiscard]] Row old_row() const { return {data_->tg_trigtuple, columns_}; }
    [[nodiscard]] int column(const char* name) const;

    // Whether an UPDATE leaves every column as it was.
    [[nodiscard]] bool is_unchanged() const;

    // Whether the current user may act as the owner of the table.
    [[nodiscard]] bool is_by_owner() const;

    // Sets a column of the row that is written.
    void set(const char* name, const Argument& value);

    // The row to go on with, for the trigger function to return.
    [[nodiscard]] Datum proceed();

  private:
    [[nodiscard]] HeapTuple new_tuple() const noexcept {
        return is_update() ? data_->tg_newtuple : data_->tg_trigtuple;
    }

    const TriggerData* data_;
    MemoryContext context_;
    TupleDesc columns_ = nullptr;
    std::vector<int> numbers_;
    std::vector<Datum> values_;
    std::vector<char> nulls_;
};

}  // namespace cart::pg
