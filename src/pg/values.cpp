#include "pg/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <iterator>

#include "core/error.hpp"
#include "pg/guard.hpp"
#include "pg/memory.hpp"
#include "pg/settings.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/base64.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/numeric.h"
#include "utils/uuid.h"
}

namespace cart::pg {

namespace {

// The value where it stands, unless it is compressed or elsewhere.
varlena* packed(Datum datum) {
    auto* value = reinterpret_cast<varlena*>(DatumGetPointer(datum));
    if (VARATT_IS_EXTERNAL(value) || VARATT_IS_COMPRESSED(value)) {
        value = guarded([&] { return PG_DETOAST_DATUM_PACKED(datum); });
    }
    return value;
}

}  // namespace

std::string_view text_from(Datum datum) {
    const varlena* value = packed(datum);
    return {VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)};
}

Uuid uuid_from(Datum datum) noexcept {
    Uuid uuid;
    std::memcpy(uuid.data(), DatumGetUUIDP(datum)->data, uuid.size());
    return uuid;
}

Bytes bytes_from(Datum datum) {
    const varlena* value = packed(datum);
    return {reinterpret_cast<const std::byte*>(VARDATA_ANY(value)), VARSIZE_ANY_EXHDR(value)};
}

std::string_view number_from(Datum datum) {
    return guarded([&] {
        return const_cast<const char*>(DatumGetCString(DirectFunctionCall1(numeric_out, datum)));
    });
}

core::Decimal decimal_from(Datum datum) {
    const std::string_view plain = number_from(datum);
    const auto number = core::Decimal::parse(plain);
    if (!number) {
        throw core::Error(core::ErrorCode::invalid_parameter, "a number is out of range",
                          core::Detail().text("found", plain));
    }
    return *number;
}

Jsonb* jsonb_from(Datum datum) {
    return guarded([&] { return DatumGetJsonbP(datum); });
}

namespace {

Datum varlena_of(const void* data, std::size_t size) {
    auto* copy = static_cast<varlena*>(allocate(VARHDRSZ + size));
    SET_VARSIZE(copy, VARHDRSZ + size);
    std::copy_n(static_cast<const char*>(data), size, VARDATA(copy));
    return PointerGetDatum(copy);
}

}  // namespace

Datum to_datum(std::string_view text) { return varlena_of(text.data(), text.size()); }

Datum to_datum(const Uuid& uuid) {
    auto* copy = static_cast<pg_uuid_t*>(allocate(sizeof(pg_uuid_t)));
    std::memcpy(copy->data, uuid.data(), uuid.size());
    return UUIDPGetDatum(copy);
}

Datum to_datum(Bytes bytes) { return varlena_of(bytes.data(), bytes.size()); }

Datum to_datum(const core::Decimal& number) { return numeric_datum(number, 0); }

Datum numeric_datum(const core::Decimal& number, int min_digits) {
    // Most are small, of which a numeric is made without any text.
    const int digits = std::max(number.fraction_digits(), min_digits);
    const auto units = number.word_units(digits);
    if (!units) {
        return numeric_datum(number.to_string(min_digits));
    }
    return guarded([&] { return NumericGetDatum(int64_div_fast_to_numeric(*units, digits)); });
}

Datum numeric_datum(std::string_view plain) {
    // numeric_in wants an ending zero byte.
    const std::string terminated(plain);
    const char* text = terminated.c_str();
    return guarded([&] {
        return DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
                                   Int32GetDatum(-1));
    });
}

void fill_random(std::span<std::byte> bytes) {
    guarded([&] {
        if (!pg_strong_random(bytes.data(), bytes.size())) {
            ereport(ERROR,
                    (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values")));
        }
    });
}

std::string make_secret() {
    std::array<std::byte, 32> secret;
    fill_random(secret);
    return to_base64url(secret);
}

Uuid make_uuid() {
    Uuid uuid;
    fill_random(uuid);
    constexpr std::int64_t unix_epoch_us =
        static_cast<std::int64_t>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
    const auto milliseconds =
        static_cast<std::uint64_t>((GetCurrentTimestamp() + unix_epoch_us) / 1000);
    for (std::size_t i = 0; i < 6; ++i) {
        uuid[i] = static_cast<std::byte>(milliseconds >> (40 - 8 * i) & 0xFFU);
    }
    uuid[6] = (uuid[6] & std::byte{0x0F}) | std::byte{0x70};  // version 7
    uuid[8] = (uuid[8] & std::byte{0x3F}) | std::byte{0x80};  // variant of RFC 9562
    return uuid;
}

UuidText text_of(const Uuid& uuid) {
    static constexpr char hex[] = "0123456789abcdef";
    // Where a byte's two digits stand.
    static constexpr std::array<std::size_t, 16> places = {0,  2,  4,  6,  9,  11, 14, 16,
                                                           19, 21, 24, 26, 28, 30, 32, 34};
    UuidText text;
    text.fill('-');
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        const auto byte = std::to_integer<unsigned>(uuid[i]);
        text[places[i]] = hex[byte >> 4U];
        text[places[i] + 1] = hex[byte & 0x0FU];
    }
    return text;
}

std::string to_string(const Uuid& uuid) {
    const UuidText text = text_of(uuid);
    return {text.data(), text.size()};
}

std::string to_base64url(Bytes bytes) {
    std::string text(static_cast<std::size_t>(pg_b64_enc_len(static_cast<int>(bytes.size()))),
                     '\0');
#if PG_VERSION_NUM >= 180000
    const auto* source = reinterpret_cast<const std::uint8_t*>(bytes.data());
#else
    const auto* source = reinterpret_cast<const char*>(bytes.data());
#endif
    const int length = pg_b64_encode(source, static_cast<int>(bytes.size()), text.data(),
                                     static_cast<int>(text.size()));
    text.resize(static_cast<std::size_t>(std::max(length, 0)));
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    text.erase(std::ranges::find(text, '='), text.end());
    return text;
}

std::string to_string(TimestampTz time) {
    char buffer[MAXDATELEN + 1];
    guarded(
        [&] { JsonEncodeDateTime(buffer, TimestampTzGetDatum(time), TIMESTAMPTZOID, nullptr); });
    return buffer;
}

std::optional<std::int64_t> seconds_from_interval(std::string_view text) {
    constexpr std::int64_t day = 24LL * 60 * 60;
    const std::string terminated(text);
    const char* source = terminated.c_str();
    char work[256];
    char* fields[MAXDATEFIELDS];
    int types[MAXDATEFIELDS];
    int count = 0;
    int type = 0;
    pg_itm_in parts{};
    // These two tell of bad input by their result, where interval_in() would raise an error.
    const bool is_interval = guarded([&] {
        return ParseDateTime(source, work, sizeof work, fields, types, MAXDATEFIELDS, &count) ==
                   0 &&
               DecodeInterval(fields, types, count, INTERVAL_FULL_RANGE, &type, &parts) == 0 &&
               type == DTK_DELTA;
    });
    if (!is_interval) {
        return std::nullopt;
    }
    const std::int64_t months = parts.tm_mon + std::int64_t{MONTHS_PER_YEAR} * parts.tm_year;
    return parts.tm_usec / USECS_PER_SEC + day * (parts.tm_mday + DAYS_PER_MONTH * months);
}

std::optional<Uuid> parse_uuid(std::string_view text) {
    std::string digits;
    std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c != '-'; });
    Uuid uuid{};
    if (digits.size() != 2 * uuid.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        const char* end = digits.data() + 2 * i + 2;
        unsigned value = 0;
        if (std::from_chars(end - 2, end, value, 16).ptr != end) {
            return std::nullopt;
        }
        uuid[i] = static_cast<std::byte>(value);
    }
    return uuid;
}

TimestampTz now() {
    const char* clock = settings::clock();
    if (*clock == '\0') {
        return GetCurrentStatementStartTimestamp();
    }
    return guarded([&] {
        return DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in, CStringGetDatum(clock),
                                                       ObjectIdGetDatum(InvalidOid),
                                                       Int32GetDatum(-1)));
    });
}

}  // namespace cart::pg
