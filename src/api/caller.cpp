#include "api/caller.hpp"

#include "core/error.hpp"
#include "pg/settings.hpp"
#include "store/circumstances.hpp"

namespace cart::api {

namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;
constexpr std::size_t max_token = 4096;

using pg::settings::optional;
using store::identifier;

Error owner_missing() {
    return {ErrorCode::owner_missing, "neither a user nor a guest session is known",
            Detail().text("missing", "user_id, session_token"),
            "Pass user_id or session_token, or set cart_ext.user_id or cart_ext.session_token."};
}

bool is_given(const std::optional<std::string_view>& value) { return value && !value->empty(); }

store::Owner user_owner(std::string_view tenant, std::string_view user) {
    return {.tenant = tenant,
            .user = identifier("user_id", user),
            .session = {},
            .till = identifier("till_id", optional(pg::settings::till_id()).value_or(""))};
}

store::Owner guest_owner(std::string_view tenant, std::string_view token) {
    return {.tenant = tenant, .user = {}, .session = hash_of_token(token), .till = {}};
}

}  // namespace

store::SessionHash hash_of_token(std::string_view token) {
    return core::port::sha256(
        std::as_bytes(std::span(store::checked_length("session_token", token, max_token))));
}

std::string_view tenant_of(const pg::Call& call, int place) {
    const auto tenant = call.text(place);
    return tenant ? identifier("tenant_id", *tenant) : current_tenant();
}

std::string_view current_tenant() { return identifier("tenant_id", pg::settings::tenant_id()); }

store::Owner owner_of(const pg::Call& call, int first) {
    auto user = call.text(first);
    auto session = call.text(first + 1);
    if (!user && !session) {
        user = optional(pg::settings::user_id());
        session = optional(pg::settings::session_token());
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
    user = user ? user : optional(pg::settings::user_id());
    session = session ? session : optional(pg::settings::session_token());
    if (!is_given(user) || !is_given(session)) {
        throw Error(ErrorCode::owner_missing,
                    is_given(user) ? "the guest session of the login is not known"
                                   : "the user of the login is not known",
                    Detail().text("missing", is_given(user) ? "session_token" : "user_id"),
                    "A merge needs both: pass user_id and session_token, or set cart_ext.user_id "
                    "and cart_ext.session_token.");
    }
    const std::string_view tenant = tenant_of(call, tenant_place);
    return {.user = user_owner(tenant, *user), .guest = guest_owner(tenant, *session)};
}

}  // namespace cart::api
