#include "support/exact.hpp"

#include <map>
#include <utility>

namespace cart::test {

namespace {

Integer power_of_ten(std::int64_t exponent) {
    return boost::multiprecision::pow(Integer(10), static_cast<unsigned>(exponent));
}

bool is_digit(char c) { return '0' <= c && c <= '9'; }

std::string leading_digits(std::string_view& text) {
    std::string digits;
    while (!text.empty() && is_digit(text.front())) {
        digits += text.front();
        text.remove_prefix(1);
    }
    return digits;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

Integer integer(const std::string& digits) {
    // With a leading 0, Boost would take it for octal.
    const auto first = digits.find_first_not_of('0');
    return first == std::string::npos ? Integer(0) : Integer(digits.substr(first));
}

// Takes "e+5" off the text, if it begins with such.
std::int64_t take_exponent(std::string_view& text) {
    std::string_view rest = text;
    if (!take(rest, 'e') && !take(rest, 'E')) {
        return 0;
    }
    const bool negative = take(rest, '-');
    if (!negative) {
        (void)take(rest, '+');
    }
    const std::string digits = leading_digits(rest);
    if (digits.empty()) {
        return 0;
    }
    text = rest;
    const Integer magnitude = integer(digits);
    if (magnitude > 100'000) {
        throw BeyondOracle();
    }
    const auto exponent = static_cast<std::int64_t>(magnitude);
    return negative ? -exponent : exponent;
}

// Takes a number off the beginning of the text.
std::optional<Exact> take_number(std::string_view& text) {
    std::string_view rest = text;
    const bool negative = take(rest, '-');
    if (!negative) {
        (void)take(rest, '+');
    }
    std::string digits = leading_digits(rest);
    std::string fraction;
    if (take(rest, '.')) {
        fraction = leading_digits(rest);
    }
    if (digits.empty() && fraction.empty()) {
        return std::nullopt;
    }
    const auto exponent = take_exponent(rest) - static_cast<std::int64_t>(fraction.size());
    text = rest;
    const Integer coefficient = integer(digits + fraction);
    return Exact(negative ? Integer(-coefficient) : coefficient, exponent);
}

// Unicode's White_Space.
bool is_space(unsigned point) {
    return (point >= 9 && point <= 13) || point == 0x20 || point == 0x85 || point == 0xa0 ||
           point == 0x1680 || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 ||
           point == 0x2029 || point == 0x202f || point == 0x205f || point == 0x3000;
}

// The length of the white space character at the beginning, 0 if there is none.
std::size_t leading_space(std::string_view utf8) {
    const auto bits = [&](std::size_t i, unsigned mask) {
        return i < utf8.size() ? static_cast<unsigned char>(utf8[i]) & mask : 0U;
    };
    const unsigned first = bits(0, 0xff);
    if (first < 0x80) {
        return !utf8.empty() && is_space(first) ? 1 : 0;
    }
    if (first < 0xe0 && utf8.size() >= 2) {
        return is_space((first & 0x1fU) << 6U | bits(1, 0x3f)) ? 2 : 0;
    }
    if (first >= 0xe0 && first < 0xf0 && utf8.size() >= 3) {
        return is_space((first & 0x0fU) << 12U | bits(1, 0x3f) << 6U | bits(2, 0x3f)) ? 3 : 0;
    }
    return 0;
}

}  // namespace

Exact::Exact(Integer coefficient, std::int64_t exponent)
    : coefficient(std::move(coefficient)), exponent(exponent) {
    if (this->coefficient == 0) {
        this->exponent = 0;
        return;
    }
    while (this->coefficient % 10 == 0) {
        this->coefficient /= 10;
        ++this->exponent;
    }
}

std::optional<Exact> Exact::from(const Rational& value) {
    Integer denominator = boost::multiprecision::denominator(value);
    std::int64_t digits = 0;
    for (const int factor : {2, 5}) {
        std::int64_t count = 0;
        while (denominator % factor == 0) {
            denominator /= factor;
            ++count;
        }
        digits = std::max(digits, count);
    }
    if (denominator != 1) {
        return std::nullopt;
    }
    const Rational scaled = value * Rational(power_of_ten(digits));
    return Exact(boost::multiprecision::numerator(scaled), -digits);
}

Rational Exact::rational() const {
    return exponent < 0 ? Rational(coefficient, power_of_ten(-exponent))
                        : Rational(coefficient * power_of_ten(exponent));
}

std::string Exact::plain() const {
    std::string digits = Integer(boost::multiprecision::abs(coefficient)).str();
    if (exponent >= 0) {
        digits.append(coefficient == 0 ? 0 : static_cast<std::size_t>(exponent), '0');
    } else {
        const auto fraction = static_cast<std::size_t>(-exponent);
        if (digits.size() <= fraction) {
            digits.insert(0, fraction + 1 - digits.size(), '0');
        }
        digits.insert(digits.size() - fraction, ".");
    }
    return coefficient < 0 ? "-" + digits : digits;
}

std::optional<Exact> read_exact(std::string_view text) {
    const auto number = take_number(text);
    return text.empty() ? number : std::nullopt;
}

std::optional<UnitOf> unit_of(std::string_view name) {
    static const std::map<std::string, UnitOf, std::less<>> units = [] {
        const Rational inch(254, 10);
        const Rational pound(Integer("45359237"), Integer(100'000));
        return std::map<std::string, UnitOf, std::less<>>{
            {"mm", {'l', 1}},
            {"cm", {'l', 10}},
            {"m", {'l', 1000}},
            {"in", {'l', inch}},
            {"ft", {'l', Rational(inch * 12)}},
            {"yd", {'l', Rational(inch * 36)}},
            {"g", {'m', 1}},
            {"kg", {'m', 1000}},
            {"oz", {'m', Rational(pound / 16)}},
            {"lb", {'m', pound}},
            {"ml", {'v', 1}},
            {"l", {'v', 1000}},
        };
    }();
    const auto found = units.find(name);
    return found == units.end() ? std::nullopt : std::optional(found->second);
}

std::optional<ExactMeasure> measure_of(const Exact& value, std::string_view unit) {
    const auto found = unit_of(unit);
    if (!found) {
        return std::nullopt;
    }
    // The factor is a finite decimal, whatever the size of the value.
    const Exact factor = Exact::from(found->factor).value();
    return ExactMeasure{.kind = found->kind,
                        .value = Exact(Integer(value.coefficient * factor.coefficient),
                                       value.exponent + factor.exponent)};
}

std::optional<ExactMeasure> read_measure(std::string_view text) {
    const auto number = take_number(text);
    return number ? measure_of(*number, trimmed(text)) : std::nullopt;
}

std::string_view trimmed(std::string_view utf8) {
    while (const std::size_t length = leading_space(utf8)) {
        utf8.remove_prefix(length);
    }
    while (!utf8.empty()) {
        std::size_t last = utf8.size() - 1;
        while (last > 0 && (static_cast<unsigned char>(utf8[last]) & 0xc0U) == 0x80U) {
            --last;
        }
        if (leading_space(utf8.substr(last)) == 0) {
            break;
        }
        utf8 = utf8.substr(0, last);
    }
    return utf8;
}

}  // namespace cart::test
