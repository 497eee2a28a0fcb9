// Core's port on the server: PostgreSQL's own SHA-256 and Unicode tables.
#include "core/port.hpp"

#include "pg/guard.hpp"

extern "C" {
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "common/unicode_norm.h"
#include "mb/pg_wchar.h"
}

namespace cart::core::port {

using pg::guarded;

Sha256Digest sha256(std::span<const std::byte> bytes) {
    static_assert(PG_SHA256_DIGEST_LENGTH == std::tuple_size_v<Sha256Digest>);
    Sha256Digest digest{};
    auto* const to = reinterpret_cast<std::uint8_t*>(digest.data());
    guarded([&] {
        pg_cryptohash_ctx* hash = pg_cryptohash_create(PG_SHA256);
        if (hash == nullptr) {
            ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
        }
        const bool done =
            pg_cryptohash_init(hash) == 0 &&
            pg_cryptohash_update(hash, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                 bytes.size()) == 0 &&
            pg_cryptohash_final(hash, to, digest.size()) == 0;
        pg_cryptohash_free(hash);
        if (!done) {
            ereport(ERROR, (errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
                            errmsg("could not compute a SHA-256 hash")));
        }
    });
    return digest;
}

namespace {

// UTF-8 as the zero-terminated code points that the server's Unicode functions take.
char32_t* decode(std::string_view utf8) {
    auto* points = static_cast<char32_t*>(
        MemoryContextAllocHuge(CurrentMemoryContext, (utf8.size() + 1) * sizeof(char32_t)));
    const auto* at = reinterpret_cast<const unsigned char*>(utf8.data());
    const auto* const end = at + utf8.size();
    char32_t* to = points;
    while (at < end) {
        *to++ = utf8_to_unicode(at);
        at += pg_utf_mblen(at);
    }
    *to = 0;
    return points;
}

}  // namespace

bool is_nfc(std::string_view utf8) {
    return guarded([&] {
        char32_t* points = decode(utf8);
        const bool is =
            unicode_is_normalized_quickcheck(UNICODE_NFC, reinterpret_cast<pg_wchar*>(points)) ==
            UNICODE_NORM_QC_YES;
        pfree(points);
        return is;
    });
}

std::pmr::string to_nfc(std::string_view utf8, std::pmr::memory_resource* memory) {
    static_assert(sizeof(char32_t) == sizeof(pg_wchar));
    struct Points {
        char32_t* source;
        pg_wchar* composed;
    };
    const auto points = guarded([&] {
        char32_t* source = decode(utf8);
        return Points{source, reinterpret_cast<pg_wchar*>(unicode_normalize(
                                  UNICODE_NFC, reinterpret_cast<pg_wchar*>(source)))};
    });
    std::pmr::string out(memory);
    out.reserve(utf8.size());
    for (const pg_wchar* point = points.composed; *point != 0; ++point) {
        unsigned char character[4];
        unicode_to_utf8(*point, character);
        out.append(reinterpret_cast<const char*>(character),
                   static_cast<std::size_t>(pg_utf_mblen(character)));
    }
    pfree(points.composed);
    pfree(points.source);
    return out;
}

}  // namespace cart::core::port
