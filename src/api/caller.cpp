#include "api/caller.hpp"

#include "core/error.hpp"
#include "pg/settings.hpp"

namespace cart::api {

namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;

// Identifiers stand in indexes, whose rows have at most 2,704 bytes; three of them fit.
constexpr std::size_t max_identifier = 512;
constexpr std::size_t max_token = 4096;

std::string_view checked(std::string_view name, std::string_view value, std::size_t limit) {
    if (value.size() > limit) {
        throw Error(ErrorCode::invalid_parameter, std::string(name) + " is too long",
                    Detail()
                        .text("parameter", name)
                        .number("bytes", static_cast<long long>(value.size()))
                        .number("limit", static_cast<long long>(limit)));
    }
    return value;
}

std::string_view identifier(std::string_view name, std::string_view value) {
    return checked(name, value, max_identifier);
}

// An empty setting counts as not set: pooled connections leave '' behind.
std::optional<std::string_view> setting(const char* value) {
    return *value == '\0' ? std::nullopt : std::optional<std::string_view>(value);
}

std::optional<std::string_view> setting_identifier(std::string_view name, const char* value) {
    const auto text = setting(value);
    return text ? std::optional(identifier(name, *text)) : std::nullopt;
}

Error owner_missing() {
    return {ErrorCode::owner_missing, "neither a user nor a guest session is known",
            Detail(),
            "Pass user_id or session_token, or set cart_ext.user_id or cart_ext.session_token."};
}

bool is_given(const std::optional<std::string_view>& value) { return value && !value->empty(); }

store::Owner user_owner(std::string_view tenant, std::string_view user) {
    return {.tenant = tenant,
            .user = identifier("user_id", user),
            .session = {},
            .till = identifier("till_id", setting(pg::settings::till_id()).value_or(""))};
}

store::Owner guest_owner(std::string_view tenant, std::string_view token) {
    return {.tenant = tenant, .user = {}, .session = hash_of_token(token), .till = {}};
}

}  // namespace

store::SessionHash hash_of_token(std::string_view token) {
    return core::port::sha256(
        std::as_bytes(std::span(checked("session_token", token, max_token))));
}

std::string_view tenant_of(const pg::Call& call, int place) {
    const auto tenant = call.text(place);
    return identifier("tenant_id", tenant ? *tenant : std::string_view(pg::settings::tenant_id()));
}

store::Owner owner_of(const pg::Call& call, int first) {
    auto user = call.text(first);
    auto session = call.text(first + 1);
    if (!user && !session) {
        user = setting(pg::settings::user_id());
        session = setting(pg::settings::session_token());
    }
    const std::string_view tenant = tenant_of(call, first + 2);
    if (is_given(user)) {
        return user_owner(tenant, *user);
    }
    if (is_given(session)) {
        return guest_owner(tenant, *session);
    }
    throw owner_missing();
}

Login login_of(const pg::Call& call, int user_place, int session_place, int tenant_place) {
    auto user = call.text(user_place);
    auto session = call.text(session_place);
    user = user ? user : setting(pg::settings::user_id());
    session = session ? session : setting(pg::settings::session_token());
    if (!is_given(user) || !is_given(session)) {
        throw Error(ErrorCode::owner_missing,
                    is_given(user) ? "the guest session of the login is not known"
                                   : "the user of the login is not known",
                    Detail(),
                    "A merge needs both: pass user_id and session_token, or set cart_ext.user_id "
                    "and cart_ext.session_token.");
    }
    const std::string_view tenant = tenant_of(call, tenant_place);
    return {.user = user_owner(tenant, *user), .guest = guest_owner(tenant, *session)};
}

store::Circumstances circumstances() {
    return {.location = setting_identifier("location_id", pg::settings::location_id()),
            .actor = setting_identifier("actor_id", pg::settings::actor_id()),
            .now = pg::now()};
}

}  // namespace cart::api
