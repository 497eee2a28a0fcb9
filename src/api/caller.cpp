#include "api/caller.hpp"

#include <cstring>

#include "pg/guard.hpp"
#include "pg/secret_key.hpp"
#include "pg/settings.hpp"
#include "store/circumstances.hpp"

extern "C" {
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

namespace cart::api {

namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;
using core::StaffRole;
using pg::settings::optional;
using store::identifier;

constexpr std::size_t max_token = 4096;
// What cart_session_create() makes: 256 random bits. Shorter ones might be guessed.
constexpr std::size_t secret_length = 43;

Error owner_missing() {
    return {ErrorCode::owner_missing, "neither a user nor a guest session is known",
            Detail().text("missing", "user_id, session_token"),
            "Pass user_id or session_token, or set cart_ext.user_id or cart_ext.session_token."};
}

bool is_given(const std::optional<std::string_view>& value) { return value && !value->empty(); }

// cart_application() beside the function that is called: who may execute it is an application.
bool may_execute_marker(const pg::Call& call) {
    return pg::guarded([&] {
        const Oid schema = get_func_namespace(call.function());
        oidvector* none = buildoidvector(nullptr, 0);
        const Oid marker =
            GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("cart_application"),
                            PointerGetDatum(none), ObjectIdGetDatum(schema));
        return OidIsValid(marker) && pg::may_execute(marker, call.user());
    });
}

}  // namespace

Error not_allowed() { return {ErrorCode::not_allowed, "permission denied for this cart"}; }

store::SessionHash hash_of_token(std::string_view token) {
    return core::port::sha256(
        std::as_bytes(std::span(store::checked_length("session_token", token, max_token))));
}

Caller::Caller(const pg::Call& call)
    : call_(call), claims_(verified_claims()), is_application_(may_execute_marker(call)) {}

void Caller::require_staff() const {
    if (!is_application_ && claims_->role == StaffRole::none) {
        throw Error(ErrorCode::not_allowed, "permission denied: held carts are for staff", Detail(),
                    "The claims must say so: cashier, manager or brand.");
    }
}

void Caller::require_application() const {
    if (!is_application_) {
        throw Error(ErrorCode::not_allowed, "permission denied: this is for applications", Detail(),
                    "SELECT cart_grant(role, 'application') makes a role one.");
    }
}

// A copy that lives as long as the answer: what claims and settings hold may change while functions
// of the application's run within the call.
std::string_view Caller::kept(std::string_view text) const {
    if (text.empty()) {
        return {};
    }
    auto* copy = pg::guarded(
        [&] { return static_cast<char*>(MemoryContextAlloc(call_.context(), text.size())); });
    std::memcpy(copy, text.data(), text.size());
    return {copy, text.size()};
}

std::optional<std::string_view> Caller::claimed(const std::optional<std::string>& claim) const {
    return claim ? std::optional<std::string_view>(*claim) : std::nullopt;
}

std::string_view Caller::tenant() const {
    const auto claim = claimed(claims_->tenant);
    if (claim) {
        return kept(identifier("tenant_id", *claim));
    }
    return is_application_ ? kept(identifier("tenant_id", pg::settings::tenant_id()))
                           : std::string_view();
}

std::string_view Caller::tenant(int place) const {
    const auto passed = call_.text(place);
    if (!passed) {
        return tenant();
    }
    // A guest of whom nothing is claimed may say which shop it is in: its token is good only there.
    const bool may_choose = is_application_ || !claims_->are_there;
    if (!may_choose && *passed != tenant()) {
        throw not_allowed();
    }
    return identifier("tenant_id", *passed);
}

std::string_view Caller::till() const {
    const auto setting = is_application_ ? optional(pg::settings::till_id()) : std::nullopt;
    const auto claim = claimed(claims_->till);
    return kept(identifier("till_id", claim ? *claim : setting.value_or("")));
}

store::Owner Caller::user_owner(std::string_view tenant, std::string_view user) const {
    pg::Observation::note_user(user);
    return {.tenant = tenant, .user = identifier("user_id", user), .session = {}, .till = till()};
}

store::Owner Caller::guest_owner(std::string_view tenant, std::string_view token) const {
    if (!is_application_ && token.size() != secret_length) {
        throw not_allowed();
    }
    pg::Observation::note_session(token);
    return {.tenant = tenant, .user = {}, .session = hash_of_token(token), .till = {}};
}

void Caller::check_passed_user(const std::optional<std::string_view>& user) const {
    if (!is_application_ && is_given(user) && user != claimed(claims_->user)) {
        throw not_allowed();
    }
}

store::Owner Caller::owner(int who) const {
    auto user = call_.text(who);
    auto session = call_.text(who + 1);
    const std::string_view tenant = this->tenant(who + 2);
    check_passed_user(user);
    if (!user && !session) {
        user = claimed(claims_->user);
        if (!user && is_application_) {
            user = optional(pg::settings::user_id());
        }
        session = optional(pg::settings::session_token());
    }
    if (is_given(user)) {
        return user_owner(tenant, *user);
    }
    if (is_given(session)) {
        return guest_owner(tenant, *session);
    }
    throw owner_missing();
}

Login Caller::login(int user_place, int session_place, int tenant_place) const {
    auto user = call_.text(user_place);
    auto session = call_.text(session_place);
    const std::string_view tenant = this->tenant(tenant_place);
    check_passed_user(user);
    user = user ? user : claimed(claims_->user);
    user = user || !is_application_ ? user : optional(pg::settings::user_id());
    session = session ? session : optional(pg::settings::session_token());
    if (!is_given(user) || !is_given(session)) {
        throw Error(ErrorCode::owner_missing,
                    is_given(user) ? "the guest session of the login is not known"
                                   : "the user of the login is not known",
                    Detail().text("missing", is_given(user) ? "session_token" : "user_id"),
                    "A merge needs both: pass user_id and session_token, or set cart_ext.user_id "
                    "and cart_ext.session_token.");
    }
    return {.user = user_owner(tenant, *user), .guest = guest_owner(tenant, *session)};
}

bool Caller::is_at_location(const store::Cart& cart) const {
    return claims_->location && cart.location == claimed(claims_->location);
}

bool Caller::is_own(const store::Cart& cart, const std::optional<std::string_view>& token) const {
    if (cart.user) {
        return claims_->user && cart.user == claimed(claims_->user);
    }
    return cart.session && token && token->size() == secret_length &&
           pg::is_same_secret(*cart.session, hash_of_token(*token));
}

bool Caller::may_name(const store::Cart& cart, int who) const {
    const auto user = call_.text(who);
    auto token = call_.text(who + 1);
    if (is_application_) {
        return (!is_given(user) && !is_given(token)) || (is_given(user) && cart.user == user) ||
               (is_given(token) && cart.session == hash_of_token(*token));
    }
    check_passed_user(user);
    token = is_given(token) ? token : optional(pg::settings::session_token());
    return is_own(cart, token) || may_as_staff(cart);
}

bool Caller::may_see(const store::Cart& cart) const {
    return cart.tenant == tenant() &&
           (is_own(cart, optional(pg::settings::session_token())) || may_as_staff(cart));
}

bool Caller::may_as_staff(const store::Cart& cart) const {
    return claims_->role == StaffRole::brand ||
           (claims_->role == StaffRole::manager && is_at_location(cart)) ||
           (claims_->role == StaffRole::cashier && cart.status == "held" && is_at_location(cart));
}

bool Caller::may_resume(const store::Cart& cart) const {
    return is_application_ || is_own(cart, optional(pg::settings::session_token())) ||
           claims_->role == StaffRole::brand || is_at_location(cart);
}

std::optional<std::string_view> Caller::location_shown(
    const std::optional<std::string_view>& named) const {
    const auto wanted = is_given(named) ? named : std::nullopt;
    if (is_application_ || claims_->role == StaffRole::brand) {
        return wanted;
    }
    const auto own = claimed(claims_->location);
    if (!own || (wanted && wanted != own)) {
        throw not_allowed();
    }
    return own;
}

store::Circumstances Caller::circumstances() const {
    store::Circumstances now = store::circumstances();
    if (!is_application_) {
        now.location.reset();
        now.actor.reset();
    }
    if (claims_->location) {
        now.location = identifier("location_id", *claims_->location);
    }
    if (!is_application_ && claims_->role != StaffRole::none && claims_->user) {
        now.actor = identifier("user_id", *claims_->user);
    }
    now.location = now.location ? std::optional(kept(*now.location)) : std::nullopt;
    now.actor = now.actor ? std::optional(kept(*now.actor)) : std::nullopt;
    return now;
}

}  // namespace cart::api
