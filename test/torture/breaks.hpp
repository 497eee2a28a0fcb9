// A check that cannot fail is none: ways to break the record of a run, each of which must be
// noticed.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "torture/client.hpp"
#include "torture/findings.hpp"
#include "torture/tables.hpp"

namespace cart::torture {

// What a run leaves behind.
struct Record {
    std::vector<Log> logs;
    Tables tables;
};

struct NothingToBreak : std::runtime_error {
    NothingToBreak() : runtime_error("there is nothing to break: more seconds are needed") {}
};

struct Break {
    const char* name;
    Aspect noticed_by;
    void (*apply)(Record&);  // throws NothingToBreak where the run was too short
};

[[nodiscard]] std::span<const Break> breaks();
// nullptr where there is none of that name.
[[nodiscard]] const Break* find_break(const std::string& name);

}  // namespace cart::torture
