// Runs RapidCheck under GoogleTest with a number of cases per property.
//
// Everything is generated from bytes (see support/choices.hpp). A failure prints the seed; run it
// again with RC_PARAMS="seed=… reproduce=…".
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "support/choices.hpp"

namespace cart::test {

// Under sanitizers, which make every case several times as slow, a thirtieth of the cases.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr int cases_divisor = 30;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr int cases_divisor = 30;
#else
inline constexpr int cases_divisor = 1;
#endif
#else
inline constexpr int cases_divisor = 1;
#endif

// `law` takes Choices, made of up to so many bytes, and returns what is wrong, or an empty string.
template <typename Law>
void check(int cases, int bytes, Law law) {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    rc::detail::TestMetadata metadata;
    metadata.id = std::string(info->test_suite_name()) + "/" + info->name();
    metadata.description = info->name();
    rc::detail::TestParams params = rc::detail::configuration().testParams;
    params.maxSuccess = cases / cases_divisor;

    const auto generator = rc::gen::resize(bytes, rc::gen::arbitrary<std::vector<std::uint8_t>>());
    const auto property = [&] {
        const std::vector<std::uint8_t> chosen = *generator;
        Choices choices(chosen);
        const std::string wrong = law(choices);
        if (!wrong.empty()) {
            RC_FAIL(wrong);
        }
    };
    const auto result = rc::detail::checkTestable(property, metadata, params);
    if (!result.template is<rc::detail::SuccessResult>()) {
        std::ostringstream message;
        rc::detail::printResultMessage(result, message);
        FAIL() << message.str();
    }
}

}  // namespace cart::test
