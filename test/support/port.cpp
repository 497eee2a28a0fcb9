// What core needs from its platform, for programs without a server: PostgreSQL's frontend code.
//
// Link with PostgreSQL's libpgcommon and libpgport, and with libcrypto where they were built with
// OpenSSL.
#include "core/port.hpp"

#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>
#include <vector>

extern "C" {
#include <postgres_fe.h>

#include <common/cryptohash.h>
#include <common/sha2.h>
#include <common/unicode_norm.h>
#include <mb/pg_wchar.h>
}

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include "support/unicode.hpp"

namespace cart::test {

namespace {

struct Free {
    void operator()(void* memory) const noexcept { std::free(memory); }
};

// Zero-terminated, as unicode_normalize() wants it.
std::vector<pg_wchar> code_points(std::string_view utf8) {
    std::vector<pg_wchar> points;
    points.reserve(utf8.size() + 1);
    const auto* at = reinterpret_cast<const unsigned char*>(utf8.data());
    const auto* end = at + utf8.size();
    while (at < end) {
        const int length = pg_utf_mblen(at);
        if (length > end - at || *at == 0) {
            throw std::invalid_argument("no UTF-8 that jsonb could hold");
        }
        points.push_back(utf8_to_unicode(at));
        at += length;
    }
    points.push_back(0);
    return points;
}

template <typename String>
void append_utf8(String& out, const pg_wchar* points) {
    for (; *points != 0; ++points) {
        unsigned char bytes[4];
        unicode_to_utf8(*points, bytes);
        out.append(reinterpret_cast<const char*>(bytes),
                   static_cast<std::size_t>(pg_utf_mblen(bytes)));
    }
}

template <typename String>
void append_normalized(String& out, std::string_view utf8, UnicodeNormalizationForm form) {
    const std::vector<pg_wchar> points = code_points(utf8);
    const std::unique_ptr<pg_wchar, Free> normalized(unicode_normalize(form, points.data()));
    if (!normalized) {
        throw std::bad_alloc();
    }
    append_utf8(out, normalized.get());
}

}  // namespace

std::string to_nfd(std::string_view utf8) {
    std::string out;
    append_normalized(out, utf8, UNICODE_NFD);
    return out;
}

}  // namespace cart::test

namespace cart::core::port {

Sha256Digest sha256(std::span<const std::byte> bytes) {
    static_assert(sizeof(Sha256Digest) == PG_SHA256_DIGEST_LENGTH);
    const std::unique_ptr<pg_cryptohash_ctx, decltype(&pg_cryptohash_free)> context(
        pg_cryptohash_create(PG_SHA256), &pg_cryptohash_free);
    Sha256Digest digest{};
    if (!context || pg_cryptohash_init(context.get()) < 0 ||
        pg_cryptohash_update(context.get(), reinterpret_cast<const uint8*>(bytes.data()),
                             bytes.size()) < 0 ||
        pg_cryptohash_final(context.get(), reinterpret_cast<uint8*>(digest.data()), digest.size()) <
            0) {
        throw std::runtime_error("SHA-256 failed");
    }
    return digest;
}

// PostgreSQL has its quick check in the server only; ICU's follows the same annex.
bool is_nfc(std::string_view utf8) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
    const auto text = icu::UnicodeString::fromUTF8(
        icu::StringPiece(utf8.data(), static_cast<std::int32_t>(utf8.size())));
    const bool is = U_SUCCESS(status) && nfc->quickCheck(text, status) == UNORM_YES;
    return is && U_SUCCESS(status);
}

std::pmr::string to_nfc(std::string_view utf8, std::pmr::memory_resource* memory) {
    std::pmr::string out(memory);
    test::append_normalized(out, utf8, UNICODE_NFC);
    return out;
}

}  // namespace cart::core::port
