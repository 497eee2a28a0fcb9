// Quantities and prices as whole thousandths: the workload has none finer, so all sums are exact.
#pragma once

#include <cstdint>
#include <string>

namespace cart::torture {

using Amount = std::int64_t;

inline constexpr Amount absent = -1;
inline constexpr Amount one = 1000;

// 1250 -> "1.25"
inline std::string to_string(Amount amount) {
    std::string text = std::to_string(amount / one);
    if (const Amount rest = amount % one; rest != 0) {
        text += '.' + std::to_string(one + rest).substr(1);
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text;
}

}  // namespace cart::torture
