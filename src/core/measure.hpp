// Measures: "10cm", {"value":10,"unit":"cm"}. They compare by exact value in the base unit of
// their kind, in which every factor below is a whole number times a power of ten.
#pragma once

#include <memory_resource>
#include <optional>
#include <string_view>

#include "core/number.hpp"

namespace cart::core {

enum class MeasureKind : char { length = 'L', mass = 'M', volume = 'V' };

struct Measure {
    MeasureKind kind;
    NumberText value;  // in mm, g, ml
};

// `value` of the unit, in its base unit. Nothing if the unit is unknown. Units are written as the
// contract writes them: mm cm m in ft yd, g kg oz lb, ml l.
[[nodiscard]] std::optional<Measure> measure(const NumberText& value, std::string_view unit);

// Reads "10cm", "100 mm". Nothing if it is no number with a known unit.
[[nodiscard]] std::optional<Measure> parse_measure(std::string_view text,
                                                   std::pmr::memory_resource* memory);

}  // namespace cart::core
