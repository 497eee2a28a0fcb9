// What an exception becomes where C++ ends, and the server goes on.
#pragma once

#include "pg/server.hpp"

namespace cart::pg {

// An error on its way from C++ to the server. Owns nothing, so that raising it skips nothing.
struct PendingError {
    ErrorData* server = nullptr;  // raised again as it was
    int sqlstate = 0;
    const char* message = nullptr;
    const char* detail = nullptr;
    const char* hint = nullptr;
};

// The exception that is being handled; to be asked in a catch block. Its texts live in `context`,
// those of a server error as long as the current (sub)transaction.
[[nodiscard]] PendingError pending_error(MemoryContext context) noexcept;

[[nodiscard]] int sqlstate_of(const PendingError& error) noexcept;

// Raises it. No C++ object may be alive, nor a catch block be open.
[[noreturn]] void raise(const PendingError& error);

// The same, for the call of a client: the client is told all of it, but the server's log neither
// the detail nor the context nor the statement, since these hold identities, tokens and items.
[[noreturn]] void raise_discreetly(const PendingError& error);

}  // namespace cart::pg
