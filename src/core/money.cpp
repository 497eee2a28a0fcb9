#include "core/money.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "core/error.hpp"

namespace cart::core {

namespace {

using namespace std::string_view_literals;

using Units = Decimal::Coefficient;

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

bool is_currency(std::string_view code) noexcept {
    return code.size() == 3 &&
           std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; });
}

Rounding read_rounding(std::string_view name) {
    if (name == "half_up") {
        return Rounding::half_up;
    }
    if (name == "half_even") {
        return Rounding::half_even;
    }
    throw Error(ErrorCode::invalid_parameter, "unknown rounding mode", Detail().text("found", name),
                "Rounding modes are half_up and half_even.");
}

TaxRounding read_tax_rounding(std::string_view name) {
    if (name == "line") {
        return TaxRounding::line;
    }
    if (name == "total") {
        return TaxRounding::total;
    }
    throw Error(ErrorCode::invalid_parameter, "unknown rounding of taxes",
                Detail().text("found", name), "Taxes are rounded by line or by total.");
}

Amounts& Amounts::operator+=(const Amounts& other) {
    subtotal += other.subtotal;
    promo_discount += other.promo_discount;
    discount += other.discount;
    tax += other.tax;
    total += other.total;
    return *this;
}

std::vector<Units> allocate(const Units& units, std::span<const Units> weights) {
    std::vector<Units> parts(weights.size(), 0);
    const Units sum = std::accumulate(weights.begin(), weights.end(), Units(0));
    if (sum.is_zero()) {
        return parts;
    }
    std::vector<Units> remainders(weights.size());
    std::vector<std::size_t> order(weights.size());
    Units left = units;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        boost::multiprecision::divide_qr(Units(units * weights[i]), sum, parts[i], remainders[i]);
        left -= parts[i];
        order[i] = i;
    }
    // Fewer units are left than there are remainders: nobody gets two.
    std::ranges::stable_sort(
        order, [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
    for (std::size_t i = 0; !left.is_zero(); ++i, --left) {
        ++parts[order[i]];
    }
    return parts;
}

namespace {

// A line while its amounts are computed, in minor units.
struct Work {
    Units subtotal;
    Units promo_discount = 0;
    Units discount = 0;
    Units tax = 0;
    Units left = 0;  // of the subtotal, after the discounts so far
};

// What discounts take off an amount, each what those before it have left.
Units discounted(const Units& amount, const Discounts& discounts, int digits, Rounding rounding) {
    Units left = amount;
    for (const Discount& discount : discounts) {
        const Units off =
            discount.type == Discount::Type::percent
                ? (Decimal::from_units(left, 0) * discount.value).to_units(-2, rounding)
                : discount.value.to_units(digits, rounding);
        left -= std::min(off, left);
    }
    return amount - left;
}

Work begin(const PricedLine& line, int digits, Rounding rounding) {
    Work work{.subtotal = line.unit_price
                              ? (*line.unit_price * line.quantity).to_units(digits, rounding)
                              : Units(0)};
    work.promo_discount = discounted(work.subtotal, line.discounts, digits, rounding);
    work.left = work.subtotal - work.promo_discount;
    return work;
}

void spread_discount(std::vector<Work>& work, std::span<const PricedLine> lines,
                     const Discounts& discounts, int digits, Rounding rounding) {
    if (discounts.empty()) {
        return;
    }
    std::vector<Units> weights(work.size(), 0);
    for (std::size_t i = 0; i < work.size(); ++i) {
        if (lines[i].discountable && work[i].left.sign() > 0) {
            weights[i] = work[i].left;
        }
    }
    const Units base = std::accumulate(weights.begin(), weights.end(), Units(0));
    const auto parts = allocate(discounted(base, discounts, digits, rounding), weights);
    for (std::size_t i = 0; i < work.size(); ++i) {
        work[i].discount = parts[i];
        work[i].left -= parts[i];
    }
}

// The tax on an amount, or in it.
Units tax_of(const Units& amount, const Decimal& rate, const MoneyRules& rules) {
    const Decimal tax = Decimal::from_units(amount, 0) * rate;
    return rules.price_includes_tax ? tax.over(rate + Decimal(1), rules.rounding)
                                    : tax.to_units(0, rules.rounding);
}

// The tax of lines of one rate, rounded once and spread over them.
void tax_together(std::vector<Work>& work, std::span<const std::size_t> lines, const Decimal& rate,
                  const MoneyRules& rules) {
    std::vector<Units> weights;
    weights.reserve(lines.size());
    for (const std::size_t line : lines) {
        weights.push_back(std::max(work[line].left, Units(0)));
    }
    const Units sum = std::accumulate(weights.begin(), weights.end(), Units(0));
    const auto parts = allocate(tax_of(sum, rate, rules), weights);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        work[lines[i]].tax = parts[i];
    }
}

void tax_by_total(std::vector<Work>& work, std::span<const PricedLine> lines,
                  const MoneyRules& rules) {
    // Lines of one rate side by side, in their order.
    std::vector<std::size_t> order(lines.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(
        order, [&](std::size_t a, std::size_t b) { return lines[a].tax_rate < lines[b].tax_rate; });
    for (std::size_t begin = 0; begin < order.size();) {
        const Decimal& rate = lines[order[begin]].tax_rate;
        std::size_t end = begin + 1;
        while (end < order.size() && lines[order[end]].tax_rate == rate) {
            ++end;
        }
        if (!rate.is_zero()) {
            tax_together(work, std::span(order).subspan(begin, end - begin), rate, rules);
        }
        begin = end;
    }
}

void tax(std::vector<Work>& work, std::span<const PricedLine> lines, const MoneyRules& rules) {
    if (rules.tax_rounding == TaxRounding::total) {
        tax_by_total(work, lines, rules);
        return;
    }
    for (std::size_t i = 0; i < work.size(); ++i) {
        if (!lines[i].tax_rate.is_zero()) {
            work[i].tax = tax_of(work[i].left, lines[i].tax_rate, rules);
        }
    }
}

Amounts amounts_of(const Work& work, int digits, const MoneyRules& rules) {
    return {.subtotal = Decimal::from_units(work.subtotal, digits),
            .promo_discount = Decimal::from_units(work.promo_discount, digits),
            .discount = Decimal::from_units(work.discount, digits),
            .tax = Decimal::from_units(work.tax, digits),
            .total = Decimal::from_units(
                rules.price_includes_tax ? work.left : Units(work.left + work.tax), digits)};
}

}  // namespace

Totals total(std::span<const PricedLine> lines, const Discounts& discounts, int digits,
             const MoneyRules& rules) {
    std::vector<Work> work;
    work.reserve(lines.size());
    for (const PricedLine& line : lines) {
        work.push_back(begin(line, digits, rules.rounding));
    }
    spread_discount(work, lines, discounts, digits, rules.rounding);
    tax(work, lines, rules);
    Totals totals;
    totals.lines.reserve(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        totals.quantity += lines[i].quantity;
        totals.lines.push_back(amounts_of(work[i], digits, rules));
        totals.amounts += totals.lines.back();
    }
    return totals;
}

}  // namespace cart::core
