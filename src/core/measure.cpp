#include "core/measure.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace cart::core {

namespace {

// One unit is factor × 10^shift of the base unit. The imperial ones are exact by definition: the
// international yard and pound agreement of 1959.
struct Unit {
    std::string_view name;
    MeasureKind kind;
    std::uint64_t factor;
    int shift;
};

constexpr std::array units = {
    Unit{"mm", MeasureKind::length, 1, 0},
    Unit{"cm", MeasureKind::length, 1, 1},
    Unit{"m", MeasureKind::length, 1, 3},
    Unit{"in", MeasureKind::length, 254, -1},
    Unit{"ft", MeasureKind::length, 3048, -1},
    Unit{"yd", MeasureKind::length, 9144, -1},
    Unit{"g", MeasureKind::mass, 1, 0},
    Unit{"kg", MeasureKind::mass, 1, 3},
    Unit{"oz", MeasureKind::mass, 28349523125, -9},
    Unit{"lb", MeasureKind::mass, 45359237, -5},
    Unit{"ml", MeasureKind::volume, 1, 0},
    Unit{"l", MeasureKind::volume, 1, 3},
};

}  // namespace

std::optional<Measure> measure(const NumberText& value, std::string_view unit) {
    const auto* found = std::ranges::find(units, unit, &Unit::name);
    if (found == units.end()) {
        return std::nullopt;
    }
    return Measure{.kind = found->kind, .value = multiply(value, found->factor, found->shift)};
}

std::optional<Measure> parse_measure(std::string_view text, std::pmr::memory_resource* memory) {
    const std::size_t length = number_prefix(text);
    const auto number = parse_number(text.substr(0, length), memory);
    return number ? measure(*number, trim(text.substr(length))) : std::nullopt;
}

}  // namespace cart::core
