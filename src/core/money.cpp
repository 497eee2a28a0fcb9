#include "core/money.hpp"

#include <algorithm>
#include <array>

namespace cart::core {

namespace {

using namespace std::string_view_literals;

// ISO 4217, list one, the currencies whose minor unit is not a hundredth.
constexpr std::array without_minor = {"BIF"sv, "CLP"sv, "DJF"sv, "GNF"sv, "ISK"sv, "JPY"sv,
                                      "KMF"sv, "KRW"sv, "PYG"sv, "RWF"sv, "UGX"sv, "UYI"sv,
                                      "VND"sv, "VUV"sv, "XAF"sv, "XOF"sv, "XPF"sv};
constexpr std::array thousandths = {"BHD"sv, "IQD"sv, "JOD"sv, "KWD"sv, "LYD"sv, "OMR"sv, "TND"sv};
constexpr std::array ten_thousandths = {"CLF"sv, "UYW"sv};

template <std::size_t n>
bool holds(const std::array<std::string_view, n>& list, std::string_view currency) noexcept {
    return std::ranges::find(list, currency) != list.end();
}

}  // namespace

int minor_digits(std::string_view currency) noexcept {
    if (holds(without_minor, currency)) {
        return 0;
    }
    if (holds(thousandths, currency)) {
        return 3;
    }
    return holds(ten_thousandths, currency) ? 4 : 2;
}

Decimal line_subtotal(const std::optional<Decimal>& unit_price, const Decimal& quantity,
                      int digits) {
    return unit_price ? (*unit_price * quantity).rounded_half_up(digits) : Decimal(0);
}

Totals total(std::span<const Line> lines, int digits) {
    Totals totals{.lines = lines.size()};
    for (const Line& line : lines) {
        totals.quantity += line.quantity;
        totals.subtotal += line_subtotal(line.unit_price, line.quantity, digits);
    }
    return totals;
}

}  // namespace cart::core
