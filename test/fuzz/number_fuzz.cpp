// Any text as a number, a measure and a decimal, against Boost's arithmetic.
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "core/decimal.hpp"
#include "core/error.hpp"
#include "core/measure.hpp"
#include "core/number.hpp"
#include "core/text.hpp"
#include "fuzz/demand.hpp"
#include "support/exact.hpp"
#include "support/json_text.hpp"

namespace cart::test {
namespace {

// Plain notations up to this length are compared.
constexpr std::size_t max_plain = 2000;

std::string normal(const core::NumberText& number) {
    std::pmr::string out;
    number.append_normal(out);
    return std::string(out);
}

std::string normal(const Exact& number) {
    return number.coefficient.str() + "e" + std::to_string(number.exponent);
}

void demand_that(bool holds, const char* law, std::string_view text) {
    demand(holds ? std::string() : std::string(law) + ": '" + std::string(text) + "'");
}

void check_number(std::string_view text) {
    const auto number = core::parse_number(text, std::pmr::get_default_resource());
    const auto prefix = core::number_prefix(text);
    demand_that(prefix <= text.size(), "prefix", text);
    demand_that(!number || prefix == text.size(), "a number is its own prefix", text);
    if (number) {
        const auto again = core::parse_number(normal(*number), std::pmr::get_default_resource());
        demand_that(again && normal(*again) == normal(*number), "normal form is read again", text);
    }
    const auto exact = read_exact(text);
    demand_that(number.has_value() == exact.has_value(), "number or not", text);
    if (exact) {
        demand_that(normal(*number) == normal(*exact), "value", text);
        if (exact->exponent > -1000 && exact->exponent < 1000 && text.size() < 500) {
            demand_that(std::string_view(number->plain(max_plain)) == exact->plain(),
                        "plain notation", text);
        }
    }
}

void check_measure(std::string_view text) {
    const auto measure = core::parse_measure(text, std::pmr::get_default_resource());
    const auto exact = read_measure(text);
    demand_that(measure.has_value() == exact.has_value(), "measure or not", text);
    if (exact) {
        demand_that(normal(measure->value) == normal(exact->value), "value of a measure", text);
        static const std::string kinds = "LMVlmv";
        demand_that(kinds.find(static_cast<char>(measure->kind)) % 3 == kinds.find(exact->kind) % 3,
                    "kind of a measure", text);
    }
}

bool fits(const Exact& number) {
    const auto digits = Integer(boost::multiprecision::abs(number.coefficient)).str().size();
    return static_cast<std::int64_t>(digits) + number.exponent <= core::Decimal::max_digits &&
           -number.exponent <= core::Decimal::max_digits;
}

void check_decimal(std::string_view text) {
    const auto decimal = core::Decimal::parse(text);
    const auto exact = read_exact(text);
    demand_that(decimal.has_value() == (exact && fits(*exact)), "decimal or not", text);
    if (decimal) {
        demand_that(decimal->to_string() == exact->plain(), "text of a decimal", text);
        const core::Decimal twice = *decimal + *decimal;
        demand_that(twice == *decimal * core::Decimal(2), "a + a = 2a", text);
        demand_that((twice - *decimal) == *decimal, "2a - a = a", text);
        demand_that(decimal->rounded(30, core::Rounding::half_up) == *decimal,
                    "rounding to what it has", text);
    }
}

void check_quantity(std::string_view text) {
    try {
        demand_that(core::read_quantity(text).sign() > 0, "quantity", text);
    } catch (const core::Error& error) {
        demand_that(is_json_object(error.detail()) && error.detail().size() < 4000, "detail", text);
    }
}

// The number that the text is in JSON, or an empty string.
std::string json_number(std::string_view text) {
    try {
        const auto tokens = tokenize(text);
        return tokens[0].event == core::JsonEvent::number ? tokens[0].text : std::string();
    } catch (const MalformedJson&) {
        return {};
    }
}

bool is_utf8(std::string_view text) {
    try {
        (void)json_quoted(text);
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

void run(std::string_view text) {
    check_number(text);
    check_measure(text);
    check_decimal(text);
    const std::string number = json_number(text);
    if (!number.empty()) {
        check_quantity(number);
    }
}

}  // namespace
}  // namespace cart::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (!cart::test::is_utf8(text)) {
        return -1;
    }
    try {
        cart::test::run(text);
    } catch (const cart::test::BeyondOracle&) {
        return 0;
    }
    return 0;
}
