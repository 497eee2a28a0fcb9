// The extension's settings (GUCs). doc/settings.md has the table for people.
#pragma once

#include <optional>
#include <string_view>

#include "core/decimal.hpp"
#include "core/merge.hpp"

namespace cart::pg::settings {

// An empty setting counts as not set: pooled connections leave '' behind.
[[nodiscard]] inline std::optional<std::string_view> optional(const char* value) noexcept {
    return *value == '\0' ? std::nullopt : std::optional<std::string_view>(value);
}

// Defines them all. Called once, when the library is loaded.
void define();

// Who calls, where the call itself does not say. Empty: not set.
[[nodiscard]] const char* user_id() noexcept;
[[nodiscard]] const char* session_token() noexcept;
[[nodiscard]] const char* tenant_id() noexcept;
// Where and by whom, recorded on what a call writes. Empty: not set.
[[nodiscard]] const char* location_id() noexcept;
[[nodiscard]] const char* till_id() noexcept;
[[nodiscard]] const char* actor_id() noexcept;

// Whether writing calls answer with the whole cart.
[[nodiscard]] bool return_cart() noexcept;
// Whether the triggers keep still, because rows are being restored as they were.
[[nodiscard]] bool loading() noexcept;
// The limits of a cart where its tenant sets none.
[[nodiscard]] core::Limits limits();
// How long an idempotency key is remembered, in seconds.
[[nodiscard]] int idempotency_ttl() noexcept;
// How long a cart is held, in seconds.
[[nodiscard]] int hold_ttl() noexcept;
// How long a draft order is kept, in seconds.
[[nodiscard]] int checkout_ttl() noexcept;
// How long a cart counts as used, before cart_touch marks it again, in seconds.
[[nodiscard]] int touch_interval() noexcept;
// The name of the setting that holds the claims, and what its members tell.
[[nodiscard]] const char* claims_setting() noexcept;
[[nodiscard]] const char* claim_paths() noexcept;
// Whose word the claims are.
enum class ClaimsTrust : int {
    gateway,       // the gateway's, which alone writes the SQL
    by_signature,  // that of whoever has the key: the setting holds a token
};
[[nodiscard]] ClaimsTrust claims_trust() noexcept;
// The file with the key; empty: none.
[[nodiscard]] const char* key_file() noexcept;
// The most changes a minute, of an owner and of new guest carts of a role; 0: any number.
[[nodiscard]] int rate_limit() noexcept;
// After how many seconds without use a guest's, a user's cart is abandoned, and after how many a
// merged or abandoned one is deleted. 0: never.
[[nodiscard]] int abandon_guest_after() noexcept;
[[nodiscard]] int abandon_user_after() noexcept;
[[nodiscard]] int purge_after() noexcept;
// Seconds from one pass of the background worker to the next (0: off), the most rows of one batch,
// and milliseconds between two batches.
[[nodiscard]] int sweep_interval() noexcept;
[[nodiscard]] int sweep_batch() noexcept;
[[nodiscard]] int sweep_pause() noexcept;
// Which calls are written to the log, and the request of the application's that they belong to
// (empty: not known).
enum class LogEvents : int { off, errors, all };
[[nodiscard]] LogEvents log_events() noexcept;
[[nodiscard]] const char* request_id() noexcept;
// When the change of a cart is notified, and whether it is written to the WAL as a message, too.
enum class Notify : int { off, at_commit, deferred };
[[nodiscard]] Notify notify() noexcept;
[[nodiscard]] bool wal_messages() noexcept;
// Whether statements that find their rows by a key go to the heap themselves, where they may.
[[nodiscard]] bool direct_access() noexcept;
// A time for tests to stand still at; empty: the real one.
[[nodiscard]] const char* clock() noexcept;

}  // namespace cart::pg::settings
