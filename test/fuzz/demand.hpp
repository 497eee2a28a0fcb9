// How a fuzzer says that something is wrong.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace cart::test {

// Ends the run unless `wrong` is empty; libFuzzer then keeps the input.
inline void demand(const std::string& wrong) {
    if (!wrong.empty()) {
        std::fprintf(stderr, "%s\n", wrong.c_str());
        std::abort();
    }
}

}  // namespace cart::test
