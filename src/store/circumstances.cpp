#include "store/circumstances.hpp"

#include "core/error.hpp"
#include "pg/settings.hpp"

namespace cart::store {

namespace {

std::optional<std::string_view> setting_identifier(std::string_view name, const char* value) {
    const auto text = pg::settings::optional(value);
    return text ? std::optional(identifier(name, *text)) : std::nullopt;
}

}  // namespace

std::string_view checked_length(std::string_view name, std::string_view value, std::size_t limit) {
    if (value.size() > limit) {
        throw core::Error(core::ErrorCode::invalid_parameter, std::string(name) + " is too long",
                          core::Detail()
                              .text("parameter", name)
                              .number("bytes", static_cast<long long>(value.size()))
                              .number("limit", static_cast<long long>(limit)));
    }
    return value;
}

std::string_view identifier(std::string_view name, std::string_view value) {
    return checked_length(name, value, max_identifier);
}

Circumstances circumstances() {
    return {.location = setting_identifier("location_id", pg::settings::location_id()),
            .actor = setting_identifier("actor_id", pg::settings::actor_id()),
            .now = pg::now()};
}

}  // namespace cart::store
