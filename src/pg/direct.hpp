// Keyed statements on heap and index, without planner and executor.
#pragma once

#include <optional>
#include <span>

#include "pg/direct_table.hpp"
#include "pg/spi.hpp"

namespace cart::pg {

struct KeyedPlan;

// Runs the statement as the executor would: with the same snapshots, locks, waits and errors.
// Nothing, and nothing done, where the table is not such that this is right: it has triggers,
// constraints, columns or an owner that are not ours, or the transaction may not write. Where
// `place` still has a row with the keys, the index is not asked. Of an insert the arguments may be
// those of several rows, one after the other.
[[nodiscard]] std::optional<Rows> run_directly(const KeyedPlan& plan, DirectTable& table,
                                               std::span<const Argument> arguments, Access access,
                                               const RowPlace& place);

}  // namespace cart::pg
