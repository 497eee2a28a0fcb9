// Transactions of several calls, of one owner, so that no deadlock is of our making.
#include <algorithm>
#include <utility>

#include "torture/client.hpp"

namespace cart::torture {

namespace {

// Changes that the answer itself proves. Only these may open a transaction's changes: so we know
// which version of the cart the transaction began with.
bool is_plain(Kind kind) {
    return kind == Kind::add || kind == Kind::add_items || kind == Kind::update ||
           kind == Kind::remove;
}

// One cart's, so that no deadlock is of our making, and we know what the transaction saw.
bool may_stand_in_transaction(Kind kind) {
    return !moves(kind) && kind != Kind::reconcile && kind != Kind::link_create &&
           kind != Kind::held;
}

}  // namespace

void Client::undo_since(Transaction& transaction, std::size_t first) {
    for (std::size_t i = first; i < transaction.steps.size(); ++i) {
        if (transaction.steps[i].what == Step::Do::call) {
            log_.calls[transaction.steps[i].call].is_undone = true;
        }
    }
}

// False where the transaction is over: refused, or lost.
bool Client::run_in_transaction(Transaction& transaction, bool is_dirty) {
    Call call{.owner = transaction.owner};
    do {
        call.operation = random_operation(choose_kind());
    } while (!may_stand_in_transaction(call.operation.kind) ||
             (writes(call.operation.kind) && !is_dirty && !is_plain(call.operation.kind)));
    choose_once(call);
    call.transaction = static_cast<int>(log_.transactions.size());
    const int number = run(std::move(call), connection_);
    transaction.steps.push_back({.what = Step::Do::call, .call = number});
    return log_.calls[number].is_answered();
}

bool Client::has_changed(const Transaction& transaction) const {
    return std::ranges::any_of(transaction.steps, [&](const Step& step) {
        return step.what == Step::Do::call && !log_.calls[step.call].is_undone &&
               shows_a_change(log_.calls[step.call].answer);
    });
}

void Client::set_savepoint(Transaction& transaction) {
    connection_.run({"SAVEPOINT here"});
    transaction.savepoint = transaction.steps.size();
    transaction.steps.push_back({.what = Step::Do::savepoint});
}

void Client::roll_back_to_savepoint(Transaction& transaction) {
    connection_.run({"ROLLBACK TO here"});
    undo_since(transaction, *transaction.savepoint);
    transaction.steps.push_back({.what = Step::Do::rollback_to});
}

// False where the transaction can only be rolled back.
bool Client::take_step(Transaction& transaction) {
    if (!transaction.savepoint && chance(35)) {
        set_savepoint(transaction);
    } else if (transaction.savepoint && chance(25)) {
        roll_back_to_savepoint(transaction);
    } else if (!run_in_transaction(transaction, has_changed(transaction))) {
        if (!transaction.savepoint || !connection_.is_alive()) {
            return false;
        }
        roll_back_to_savepoint(transaction);
    }
    return true;
}

void Client::run_transaction() {
    if (!scene_.makes(Kind::add)) {
        return;
    }
    Transaction transaction{.owner = choose_owner()};
    connection_.run({"BEGIN"});
    bool may_commit = true;
    for (int steps = 2 + below(5); steps > 0 && may_commit; --steps) {
        may_commit = take_step(transaction);
    }
    using Outcome = Transaction::Outcome;
    if (may_commit && chance(70)) {
        const Reply reply = connection_.run({"COMMIT"});
        transaction.outcome =
            reply.outcome == Reply::Outcome::answered ? Outcome::committed : Outcome::unknown;
    } else {
        connection_.run({"ROLLBACK"});
        transaction.outcome = Outcome::rolled_back;
    }
    end_transaction(std::move(transaction));
    if (!connection_.is_alive()) {
        come_back();
    }
}

void Client::end_transaction(Transaction transaction) {
    if (transaction.outcome == Transaction::Outcome::rolled_back) {
        undo_since(transaction, 0);
    }
    base_[transaction.owner] = std::nullopt;
    for (const Step& step : transaction.steps) {
        if (step.what != Step::Do::call) {
            continue;
        }
        Call& call = log_.calls[step.call];
        call.ended = std::max(call.ended, Clock::now());
        if (transaction.outcome == Transaction::Outcome::committed && !call.is_undone) {
            const auto base = base_[transaction.owner];
            learn(call);
            base_[transaction.owner] = base;
        }
    }
    log_.transactions.push_back(std::move(transaction));
}

}  // namespace cart::torture
