#include "pg/secret_key.hpp"

#include <cerrno>

#include "pg/guard.hpp"
#include "pg/settings.hpp"

extern "C" {
#include "common/hmac.h"
#include "common/sha2.h"
#include "storage/fd.h"
}

namespace cart::pg {

namespace {

constexpr std::size_t most_bytes = 4096;

std::string read_from;  // the file's name
std::string key;

struct Content {
    std::size_t bytes;
    int error;  // errno; 0: it was read
};

// As much of the file as a key may have, and one byte more. Called inside guarded().
Content read_file(const char* name, char* to) {
    FILE* file = AllocateFile(name, PG_BINARY_R);
    if (file == nullptr) {
        return {.bytes = 0, .error = errno};
    }
    const std::size_t bytes = fread(to, 1, most_bytes + 1, file);
    const int error = ferror(file) != 0 ? errno : 0;
    FreeFile(file);
    return {.bytes = bytes, .error = error};
}

// The file's text without line ends at its end; empty where it cannot be read, with errno set.
std::string text_of(const char* name) {
    std::string text(most_bytes + 1, '\0');
    const Content content = guarded([&] { return read_file(name, text.data()); });
    text.resize(content.error == 0 ? content.bytes : 0);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
        text.pop_back();
    }
    errno = content.error;
    return text;
}

bool is_key(const std::string& text) { return !text.empty() && text.size() <= most_bytes; }

std::string key_in(const char* name) {
    std::string text = text_of(name);
    if (errno != 0) {
        guarded([] {
            ereport(ERROR, (errcode_for_file_access(),
                            errmsg("could not read the file of cart_ext.key_file: %m")));
        });
    }
    if (!is_key(text)) {
        raise(ERRCODE_CONFIG_FILE_ERROR, "the file of cart_ext.key_file holds no key", {},
              "A key has 1 to 4096 bytes; 32 random ones are right.");
    }
    return text;
}

}  // namespace

void read_secret_key_early() noexcept {
    if (*settings::key_file() == '\0') {
        return;
    }
    bool is_read = true;
    try {
        (void)secret_key();
    } catch (...) {
        is_read = false;
    }
    if (!is_read) {
        ereport(WARNING, (errmsg("no key could be read from the file of cart_ext.key_file"),
                          errhint("Each session will try again when it needs the key.")));
    }
}

const std::string& secret_key() {
    const char* name = settings::key_file();
    if (*name == '\0') {
        raise(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "cart_ext.key_file is not set", {},
              "Let it name a file that the server alone can read.");
    }
    if (read_from != name) {
        key = key_in(name);
        read_from = name;
    }
    return key;
}

bool has_secret_key() {
    const char* name = settings::key_file();
    return *name != '\0' && (read_from == name || is_key(text_of(name)));
}

core::port::Sha256Digest keyed_hash(std::string_view text) {
    const std::string& secret = secret_key();
    core::port::Sha256Digest digest{};
    auto* const to = reinterpret_cast<std::uint8_t*>(digest.data());
    const auto bytes = [](std::string_view of) {
        return reinterpret_cast<const std::uint8_t*>(of.data());
    };
    guarded([&] {
        pg_hmac_ctx* hmac = pg_hmac_create(PG_SHA256);
        const bool is_done = hmac != nullptr &&
                             pg_hmac_init(hmac, bytes(secret), secret.size()) == 0 &&
                             pg_hmac_update(hmac, bytes(text), text.size()) == 0 &&
                             pg_hmac_final(hmac, to, digest.size()) == 0;
        if (hmac != nullptr) {
            pg_hmac_free(hmac);
        }
        if (!is_done) {
            ereport(ERROR, (errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
                            errmsg("could not compute an HMAC")));
        }
    });
    return digest;
}

bool is_same_secret(Bytes a, Bytes b) noexcept {
    unsigned different = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
        different |= std::to_integer<unsigned>(a[i] ^ b[i]);
    }
    return different == 0;
}

}  // namespace cart::pg
