#include "watch/log.hpp"

#include <array>
#include <cstdio>

#include "core/error.hpp"
#include "pg/guard.hpp"
#include "pg/secret_key.hpp"
#include "pg/settings.hpp"
#include "pg/values.hpp"

namespace cart::watch {

namespace {

using pg::settings::LogEvents;

std::string hex(const core::port::Sha256Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : digest) {
        text += digits[std::to_integer<unsigned>(byte >> 4)];
        text += digits[std::to_integer<unsigned>(byte & std::byte{15})];
    }
    return text;
}

std::string milliseconds(std::int64_t nanoseconds) {
    std::array<char, 32> text{};
    (void)std::snprintf(text.data(), text.size(), "%.3f", static_cast<double>(nanoseconds) / 1e6);
    return text.data();
}

void add_identity(core::Detail& line, std::string_view name, const std::string& identity) {
    if (!identity.empty()) {
        line.text(name, hex(pg::keyed_hash(identity)));
    }
}

std::string line_of(const pg::Observation& call, int sqlstate) {
    core::Detail line;
    line.text("timestamp", pg::to_string(GetCurrentTimestamp()))
        .text("event", call.operation().name());
    if (const auto request = pg::settings::optional(pg::settings::request_id())) {
        line.text("request_id", *request);
    }
    line.document("success", sqlstate == 0 ? "true" : "false")
        .text("sqlstate", unpack_sql_state(sqlstate))
        .document("duration_ms", milliseconds(call.nanoseconds()));
    if (pg::has_secret_key()) {
        add_identity(line, "user", call.user());
        add_identity(line, "session", call.session());
    }
    return line.str();
}

}  // namespace

bool is_logged(int sqlstate) noexcept {
    const LogEvents logged = pg::settings::log_events();
    return logged == LogEvents::all || (logged == LogEvents::errors && sqlstate != 0);
}

void log(const pg::Observation& call, int sqlstate) {
    const std::string line = line_of(call, sqlstate);
    const char* text = line.c_str();
    pg::guarded([&] {
        // Not for the client, whatever its client_min_messages.
        ereport(LOG_SERVER_ONLY,
                (errmsg_internal("%s", text), errhidestmt(true), errhidecontext(true)));
    });
}

}  // namespace cart::watch
