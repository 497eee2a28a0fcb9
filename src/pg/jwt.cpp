#include "pg/jwt.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "core/decimal.hpp"
#include "pg/guard.hpp"
#include "pg/json_text.hpp"
#include "pg/jsonb.hpp"
#include "pg/secret_key.hpp"

extern "C" {
#include "common/base64.h"
}

namespace cart::pg {

namespace {

// base64url without padding, as base64; the server decodes that. Nothing for other characters.
std::optional<std::string> as_base64(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        const bool is_common =
            (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (c == '-' || c == '_') {
            c = c == '-' ? '+' : '/';
        } else if (!is_common) {
            return std::nullopt;
        }
    }
    out.append((4 - out.size() % 4) % 4, '=');
    return out;
}

std::optional<std::string> decode(std::string_view text) {
    const auto base64 = as_base64(text);
    if (!base64 || text.size() % 4 == 1) {
        return std::nullopt;
    }
    std::string out(base64->size(), '\0');
#if PG_VERSION_NUM >= 180000
    auto* const to = reinterpret_cast<uint8*>(out.data());
#else
    auto* const to = out.data();
#endif
    const int bytes = pg_b64_decode(base64->data(), static_cast<int>(base64->size()), to,
                                    static_cast<int>(out.size()));
    if (bytes < 0) {
        return std::nullopt;
    }
    out.resize(static_cast<std::size_t>(bytes));
    return out;
}

// Its three parts; nothing unless there are just three.
std::optional<std::array<std::string_view, 3>> parts_of(std::string_view token) {
    const std::size_t first = token.find('.');
    const std::size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
    if (second == token.npos || token.find('.', second + 1) != token.npos) {
        return std::nullopt;
    }
    return std::array{token.substr(0, first), token.substr(first + 1, second - first - 1),
                      token.substr(second + 1)};
}

// A part that is an object. What is no JSON raises an error, which the caller knows to be a
// refusal.
const Jsonb* object_in(std::string_view part) {
    const auto text = decode(part);
    const Jsonb* document = text ? unambiguous_jsonb(*text) : nullptr;
    return document != nullptr && is_object(document) ? document : nullptr;
}

bool is_hs256(const Jsonb* header) {
    const Jsonb* algorithm = member(&header->root, "alg");
    if (algorithm == nullptr || member(&header->root, "crit") != nullptr) {
        return false;
    }
    JsonbReader reader(algorithm, std::pmr::get_default_resource());
    const core::JsonToken token = reader.next();
    return token.event == core::JsonEvent::string && token.text == "HS256";
}

bool is_signed(std::string_view token, std::string_view signature) {
    const auto given = decode(signature);
    const auto right = keyed_hash(token.substr(0, token.rfind('.')));
    return given && is_same_secret(std::as_bytes(std::span(*given)), right);
}

// Seconds since 1970, as a claim tells a time. Nothing for what is none.
std::optional<TimestampTz> time_in(const Jsonb* payload, std::string_view name) {
    const Jsonb* value = member(&payload->root, name);
    if (value == nullptr) {
        return std::nullopt;
    }
    JsonbReader reader(value, std::pmr::get_default_resource());
    const core::JsonToken token = reader.next();
    const auto seconds =
        token.event == core::JsonEvent::number ? core::Decimal::parse(token.text) : std::nullopt;
    constexpr long long most = 250'000'000'000;  // in the year 9892
    if (!seconds || seconds->sign() < 0 || *seconds > core::Decimal(most)) {
        return std::nullopt;
    }
    const auto whole = std::stoll(seconds->to_string());
    constexpr long long before_2000 =
        (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * (long long){SECS_PER_DAY};
    return (whole - before_2000) * USECS_PER_SEC;
}

}  // namespace

std::optional<SignedClaims> verify(std::string_view token) {
    const auto parts = parts_of(token);
    // The signature first: nobody else's JSON is read.
    if (!parts || !is_signed(token, (*parts)[2])) {
        return std::nullopt;
    }
    const Jsonb* header = object_in((*parts)[0]);
    const Jsonb* payload = object_in((*parts)[1]);
    if (header == nullptr || payload == nullptr || !is_hs256(header)) {
        return std::nullopt;
    }
    const auto expires_at = time_in(payload, "exp");
    const bool has_start = member(&payload->root, "nbf") != nullptr;
    const auto not_before = has_start ? time_in(payload, "nbf") : TimestampTz{DT_NOBEGIN};
    if (!expires_at || !not_before) {
        return std::nullopt;
    }
    return SignedClaims{.payload = payload, .not_before = *not_before, .expires_at = *expires_at};
}

}  // namespace cart::pg
