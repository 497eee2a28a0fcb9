// Being told how transactions end.
#pragma once

#include <cstddef>

namespace cart::pg {

// Whoever is told; not called for a parallel worker's transaction.
struct TransactionObserver {
    // The transaction is about to commit, or to be prepared for a later COMMIT PREPARED. What it
    // throws makes that fail.
    void (*before_commit)(bool is_prepared);
    // It has committed, or is prepared; it has been rolled back. These must not fail.
    void (*committed)() noexcept;
    void (*aborted)() noexcept;
    void (*subtransaction_committed)() noexcept;
    void (*subtransaction_aborted)() noexcept;
};

// Called once, when the library is loaded.
void observe_transactions(const TransactionObserver& wanted);

// Leaves a message for LISTEN, at commit.
void notify_at_commit(const char* channel, const char* payload);

// Leaves a message for logical decoding, with this transaction's changes.
void write_logical_message(const char* prefix, const char* payload, std::size_t bytes);

}  // namespace cart::pg
