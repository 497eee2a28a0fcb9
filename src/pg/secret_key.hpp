// The key of the installation, from the file that cart_ext.key_file names: it checks the signatures
// of claims, and hides identities in the log.
#pragma once

#include <string>
#include <string_view>

#include "core/port.hpp"
#include "pg/values.hpp"

namespace cart::pg {

// To be called when the server starts: reads the key, which all its processes then inherit. Says in
// the log where it cannot.
void read_secret_key_early() noexcept;

// The key; without line ends at its end. Read once, and again when the setting has changed. Raises
// 55000 where the setting is empty, and the system's error where the file cannot be read.
[[nodiscard]] const std::string& secret_key();

// Whether there is one, without an error where there is none.
[[nodiscard]] bool has_secret_key();

// HMAC-SHA-256 (RFC 2104) under that key.
[[nodiscard]] core::port::Sha256Digest keyed_hash(std::string_view text);

// Whether two secrets are equal, in a time that does not tell where they differ.
[[nodiscard]] bool is_same_secret(Bytes a, Bytes b) noexcept;

}  // namespace cart::pg
