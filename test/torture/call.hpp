// A call to the extension, and what it answered.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "torture/connection.hpp"
#include "torture/model.hpp"
#include "torture/written.hpp"

namespace cart::torture {

using Clock = std::chrono::steady_clock;

// An entry of "changes", or of a merge's "lines".
struct Change {
    int identity = -1;
    Amount before = absent;
    Amount incoming = absent;
    Amount after = absent;
    Text action = {};
};

struct Answer {
    Etag at = {};                         // the cart that was answered
    std::optional<Content> content = {};  // nothing with return_cart = off
    int line = -1;  // with return_cart = off, of a call on one line: its identity
    Amount line_quantity = absent;
    std::vector<Change> changes = {};
    bool has_changes = false;
    bool is_unchanged = false;  // of cart_get, with if_none_match
    bool is_replayed = false;
    std::int64_t made_version = 0;

    bool is_merged = false;  // of cart_merge and cart_link_open
    bool is_repeated = false;
    Text reason = {};
    Text source = {};
    Text target = {};

    AllWritten written = {};  // of a call that is noted: all that it wrote
    std::vector<std::pair<Etag, Content>> listed = {};  // of cart_held
    std::string link = {};                              // of cart_link_create
    bool is_reconciled = false;                         // of cart_reconcile: it changed something
    std::string complaint = {};                         // what is wrong with the answer in itself
};

struct Call {
    int client = 0;
    int number = 0;
    int owner = -1;
    Operation operation = {};
    std::string key = {};           // idempotency_key
    std::string if_match = {};      // an etag
    std::string mark = {};          // under which it is noted
    std::optional<Etag> base = {};  // of a private owner: the active cart that the call must find

    Clock::time_point began = {};
    Clock::time_point ended = {};  // when the answer, or a transaction's commit, was known
    Reply::Outcome outcome = Reply::Outcome::lost;
    std::string sqlstate = {};
    std::string detail = {};
    Answer answer = {};

    int transaction = -1;        // of its client; -1: one of its own
    bool is_noted = false;       // what it writes is noted in its transaction: see written.hpp
    bool is_undone = false;      // rolled back, with its transaction or to a savepoint
    bool is_hung_up = false;     // the client did not wait for the answer
    bool is_own_fault = false;   // the key was used for another call: KC003 must come
    bool must_replay = false;    // the key was used for this call
    bool found_none = false;     // no cart, as cart.requests says: what was answered came later
    int undoes = -1;             // unmerge: the number of the merge, of the same client
    bool may_be_undone = false;  // merge: an unmerge may follow

    [[nodiscard]] bool is_answered() const { return outcome == Reply::Outcome::answered; }
};

// Whether the answer itself proves that the call changed its cart.
[[nodiscard]] bool shows_a_change(const Answer& answer);

// What the call wrote of a cart; nullptr: nothing.
[[nodiscard]] const Written* find_written(const Call& call, Text cart);
// Whether it made this version.
[[nodiscard]] bool wrote(const Call& call, const Etag& at);

// The SQL of a call.
[[nodiscard]] Statement statement_of(const Call& call, const std::vector<Owner>& owners,
                                     const Catalogue& catalogue);
// Takes the reply down in the call.
void take_down(Call& call, const Reply& reply, const Catalogue& catalogue);

// "client 3, call 512, cart_add by user u1", for findings.
[[nodiscard]] std::string title_of(const Call& call, const std::vector<Owner>& owners);
[[nodiscard]] std::string title_of(const Owner& owner);

// The call as one would type it, for findings.
[[nodiscard]] std::string sql_of(const Call& call, const std::vector<Owner>& owners,
                                 const Catalogue& catalogue);

// The members of a line's JSON that are neither given out by the extension nor a number of ours.
[[nodiscard]] Text own_members(const std::string& item);

}  // namespace cart::torture
