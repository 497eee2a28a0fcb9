// The states of limits (core/rate.hpp), one for each owner that has lately done something, over all
// backends. In shared memory of fixed size: where it is full, who was quiet longest is forgotten.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "pg/values.hpp"

namespace cart::pg {

// Counts one more for `name` within this database, unless that would be more than so many a minute:
// then gives the microseconds to wait. 0: it was counted. Nothing: there is no shared memory.
[[nodiscard]] std::optional<std::int64_t> count_at_rate(std::string_view name, int a_minute,
                                                        TimestampTz now);

}  // namespace cart::pg
