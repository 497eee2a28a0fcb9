#include "api/claims.hpp"

#include "core/error.hpp"
#include "pg/guard.hpp"
#include "pg/json_text.hpp"
#include "pg/jsonb.hpp"
#include "pg/jwt.hpp"
#include "pg/secret_key.hpp"
#include "pg/settings.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace cart::api {

namespace {

using core::Claim;
using core::ClaimPaths;
using pg::settings::ClaimsTrust;

// More than a gateway passes on in a header.
constexpr std::size_t most_bytes = 65536;

core::Error refused() {
    return {core::ErrorCode::not_allowed, "the claims are not valid", core::Detail(),
            "They must be a JSON object, or a token with a valid signature that has not expired."};
}

std::string_view raw_claims() {
    const char* name = pg::settings::claims_setting();
    const char* text =
        *name == '\0' ? nullptr : pg::guarded([&] { return GetConfigOption(name, true, false); });
    return text == nullptr ? std::string_view() : std::string_view(text);
}

// The member at the end of the path; nothing where there is none, or null. A string, or a number as
// its text: everything else is refused.
std::optional<std::string> text_at(const Jsonb* document, const core::ClaimPath& path) {
    if (path.empty()) {
        return std::nullopt;
    }
    for (const std::string& name : path) {
        document = pg::member(&document->root, name);
        if (document == nullptr) {
            return std::nullopt;
        }
    }
    pg::JsonbReader reader(document, std::pmr::get_default_resource());
    const core::JsonToken token = reader.next();
    switch (token.event) {
        case core::JsonEvent::null:
            return std::nullopt;
        case core::JsonEvent::string:
        case core::JsonEvent::number:
            return token.text.empty() ? std::nullopt : std::optional<std::string>(token.text);
        default:
            throw refused();
    }
}

Claims read(const Jsonb* document) {
    const auto paths = ClaimPaths::parse(pg::settings::claim_paths()).value_or(ClaimPaths());
    const auto text = [&](Claim claim) { return text_at(document, paths.of(claim)); };
    return {.user = text(Claim::user),
            .tenant = text(Claim::tenant),
            .location = text(Claim::location),
            .till = text(Claim::till),
            .role = core::read_staff_role(text(Claim::role).value_or("")),
            .are_there = true};
}

// Claims with the time in which they hold.
struct Verified {
    std::shared_ptr<const Claims> claims;
    TimestampTz not_before = DT_NOBEGIN;
    TimestampTz expires_at = DT_NOEND;
};

// What the server says of text that is no JSON, or nested too deeply.
bool is_bad_json(const pg::ServerError& error) {
    const int code = error.data() == nullptr ? 0 : error.data()->sqlerrcode;
    return code == ERRCODE_INVALID_TEXT_REPRESENTATION || code == ERRCODE_STATEMENT_TOO_COMPLEX ||
           code == ERRCODE_UNTRANSLATABLE_CHARACTER || code == ERRCODE_PROGRAM_LIMIT_EXCEEDED;
}

// Of claims that are none the caller learns no more than that they are refused.
Verified verify(std::string_view raw, ClaimsTrust trust) {
    if (raw.size() > most_bytes) {
        throw refused();
    }
    if (trust == ClaimsTrust::by_signature) {
        (void)pg::secret_key();  // says what is wrong with the installation
    }
    try {
        if (trust == ClaimsTrust::by_signature) {
            if (const auto found = pg::verify(raw)) {
                return {.claims = std::make_shared<const Claims>(read(found->payload)),
                        .not_before = found->not_before,
                        .expires_at = found->expires_at};
            }
        } else if (const Jsonb* document = pg::unambiguous_jsonb(raw);
                   document != nullptr && pg::is_object(document)) {
            return {.claims = std::make_shared<const Claims>(read(document))};
        }
    } catch (const pg::ServerError& error) {
        if (!is_bad_json(error)) {
            throw;
        }
    }
    throw refused();
}

// The last claims that this backend has seen, and what they were read from: most sessions show the
// same ones again and again.
struct Seen {
    std::string raw;
    std::string paths;
    std::string key_file;
    ClaimsTrust trust = ClaimsTrust::gateway;
    Verified verified;
};
Seen seen;

}  // namespace

std::shared_ptr<const Claims> verified_claims() {
    const std::string_view raw = raw_claims();
    if (raw.empty()) {
        static const auto none = std::make_shared<const Claims>();
        return none;
    }
    const ClaimsTrust trust = pg::settings::claims_trust();
    if (seen.raw != raw || seen.paths != pg::settings::claim_paths() ||
        seen.key_file != pg::settings::key_file() || seen.trust != trust) {
        Verified verified = verify(raw, trust);
        seen = {.raw = std::string(raw),
                .paths = pg::settings::claim_paths(),
                .key_file = pg::settings::key_file(),
                .trust = trust,
                .verified = std::move(verified)};
    }
    const TimestampTz now = pg::now();
    if (now < seen.verified.not_before || now >= seen.verified.expires_at) {
        throw refused();
    }
    return seen.verified.claims;
}

}  // namespace cart::api
