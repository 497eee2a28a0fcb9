// Work that may fail without all the rest failing: in a transaction or a subtransaction of its own,
// which is rolled back when the work throws.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "pg/server.hpp"

namespace cart::pg {

// Why an attempt failed. Outlives it.
struct Failure {
    int sqlstate;
    std::string message;
    std::string detail = {};
    std::string hint = {};
};

// Runs `work` in a transaction. For background workers, which have none by themselves.
[[nodiscard]] std::optional<Failure> in_transaction(const std::function<void()>& work);

// Runs `work` in a subtransaction of the current transaction.
[[nodiscard]] std::optional<Failure> in_subtransaction(const std::function<void()>& work);

// Raises the same error.
[[noreturn]] void raise(const Failure& failure);

// From here to the end of the transaction, its commit and what is deferred until then included,
// the current user is `role`, and SET ROLE is refused. Within in_transaction().
void become_for_transaction(Oid role);

}  // namespace cart::pg
