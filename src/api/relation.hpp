// Arguments that name a table of the application's, and its columns.
#pragma once

#include <optional>
#include <string>

#include "core/error.hpp"
#include "pg/function.hpp"

namespace cart::api {

// Throws Error(invalid_parameter) where no table is named.
[[nodiscard]] inline Oid required_relation(const pg::Call& call, int place) {
    const auto relation = call.oid(place);
    if (!relation || !OidIsValid(*relation)) {
        throw core::Error(core::ErrorCode::invalid_parameter, "relation must name a table",
                          core::Detail().text("parameter", "relation"));
    }
    return *relation;
}

[[nodiscard]] inline std::optional<std::string> name_argument(const pg::Call& call, int place) {
    return call.is_null(place)
               ? std::nullopt
               : std::optional<std::string>(NameStr(*DatumGetName(call.datum(place))));
}

}  // namespace cart::api
