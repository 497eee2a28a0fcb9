// The server's values as C++ values, and back. Each function here may throw ServerError.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/decimal.hpp"
#include "pg/server.hpp"

extern "C" {
#include "utils/jsonb.h"
#include "utils/timestamp.h"
}

namespace cart::pg {

using Uuid = std::array<std::byte, 16>;
using Bytes = std::span<const std::byte>;

[[nodiscard]] std::string_view text_from(Datum datum);
[[nodiscard]] Uuid uuid_from(Datum datum) noexcept;
[[nodiscard]] Bytes bytes_from(Datum datum);
// A numeric in plain notation, in the current memory context.
[[nodiscard]] std::string_view number_from(Datum datum);
// Raises 22023 for a numeric that core cannot hold: NaN, infinity, or over 30 digits.
[[nodiscard]] core::Decimal decimal_from(Datum datum);
[[nodiscard]] Jsonb* jsonb_from(Datum datum);

// In the current memory context.
[[nodiscard]] Datum to_datum(std::string_view text);
[[nodiscard]] Datum to_datum(const Uuid& uuid);
[[nodiscard]] Datum to_datum(Bytes bytes);
[[nodiscard]] Datum to_datum(const core::Decimal& number);
[[nodiscard]] Datum numeric_datum(std::string_view plain);
// With at least so many digits after the point.
[[nodiscard]] Datum numeric_datum(const core::Decimal& number, int min_digits);

// A new version 7 UUID (RFC 9562): it begins with the time, so that carts made one after another
// stand side by side in the index.
[[nodiscard]] Uuid make_uuid();
// A secret for its bearer alone: 256 random bits, 43 characters of base64url.
[[nodiscard]] std::string make_secret();
// Bytes from the server's cryptographically strong generator.
void fill_random(std::span<std::byte> bytes);

// As the server writes it: 0b6e9c1e-….
using UuidText = std::array<char, 36>;
[[nodiscard]] UuidText text_of(const Uuid& uuid);
[[nodiscard]] std::string to_string(const Uuid& uuid);
// base64url without padding (RFC 4648, section 5).
[[nodiscard]] std::string to_base64url(Bytes bytes);
// ISO 8601 in the session's time zone, as jsonb shows a timestamptz.
[[nodiscard]] std::string to_string(TimestampTz time);

// The seconds of an interval as PostgreSQL writes it ("24 hours", "7d"), a month counted as 30
// days. Nothing where the text is none.
[[nodiscard]] std::optional<std::int64_t> seconds_from_interval(std::string_view text);
// A UUID from its text, with or without dashes. Nothing where the text is none.
[[nodiscard]] std::optional<Uuid> parse_uuid(std::string_view text);

// The time that calls write: the start of the statement. Tests set it by cart_ext.clock.
[[nodiscard]] TimestampTz now();

}  // namespace cart::pg
