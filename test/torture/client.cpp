#include "torture/client.hpp"

#include <algorithm>
#include <utility>

namespace cart::torture {

namespace {

// Changes that the answer itself proves. Only these may open a transaction's changes: so we know
// which version of the cart the transaction began with.
bool is_plain(Kind kind) {
    return kind == Kind::add || kind == Kind::add_items || kind == Kind::update ||
           kind == Kind::remove;
}

}  // namespace

Client::Client(const Scene& scene, int number)
    : scene_(scene),
      number_(number),
      random_(scene.seed * 1000 + static_cast<std::uint64_t>(number)),
      is_brief_(number % 4 == 3) {
    for (int owner = 0; std::cmp_less(owner, scene.owners.size()); ++owner) {
        base_[owner] = Etag();
    }
    if (is_brief_) {
        reconnect(connection_);
        reconnect(second_);
    }
}

// ---- doing

void Client::work() {
    try {
        while (Clock::now() < scene_.end) {
            turn();
        }
    } catch (const std::exception& error) {
        log_.failure = error.what();
    }
}

void Client::turn() {
    const int what = below(100);
    if (what < 10) {
        run_twice_at_once();
    } else if (what < 14) {
        repeat_earlier();
    } else if (what < 16) {
        misuse_key();
    } else if (what < 18) {
        hang_up();
    } else if (what < 26 && !is_brief_) {
        run_transaction();
    } else {
        const int number = run_alone(random_call());
        if (log_.calls[number].operation.kind == Kind::merge) {
            after_merge(log_.calls[number]);
        }
    }
}

int Client::keep(Call call) {
    call.client = number_;
    call.number = static_cast<int>(log_.calls.size());
    log_.calls.push_back(std::move(call));
    return log_.calls.back().number;
}

int Client::run(Call call, Connection& connection) {
    if (scene_.owners[call.owner].is_private() && call.transaction < 0) {
        call.base = base_[call.owner];
    }
    call.began = Clock::now();
    const Reply reply = connection.run(statement_of(call, scene_.owners, scene_.catalogue));
    take_down(call, reply, scene_.catalogue);
    if (call.transaction < 0) {
        learn(call);
    }
    return keep(std::move(call));
}

int Client::run_alone(Call call) {
    const int number = run(std::move(call), connection_);
    if (log_.calls[number].outcome == Reply::Outcome::lost) {
        come_back();
        retry(number);
    }
    return number;
}

// Half of the calls that were not answered are made again, with the same key. Of the others the
// tables will tell.
void Client::retry(int number) {
    const Call& lost = log_.calls[number];
    if (lost.key.empty() || chance(50)) {
        return;
    }
    Call again{.owner = lost.owner,
               .operation = lost.operation,
               .key = lost.key,
               .if_match = lost.if_match,
               .is_own_fault = lost.is_own_fault,
               .must_replay = lost.must_replay};
    ++log_.retries;
    run_alone(std::move(again));
}

// The answer is not waited for: as if the network had failed. Not for private owners, of whose
// carts we must know all.
void Client::hang_up() {
    Call call = random_call();
    if (!takes_key(call.operation.kind) || scene_.owners[call.owner].is_private()) {
        run_alone(std::move(call));
        return;
    }
    call.key = call.key.empty() ? new_key() : call.key;
    call.is_hung_up = true;
    call.began = Clock::now();
    call.ended = Clock::time_point::max();
    second_.send(statement_of(call, scene_.owners, scene_.catalogue));
    second_.hang_up();
    const int number = keep(std::move(call));
    reconnect(second_);
    retry(number);
}

void Client::reconnect(Connection& connection) {
    connection.reconnect();
    if (is_brief_) {
        connection.run({"SET cart_ext.return_cart = off"});
    }
}

void Client::come_back() {
    ++log_.reconnects;
    reconnect(connection_);
    reconnect(second_);
}

// The same call with the same key on two connections: exactly one may do it.
void Client::run_twice_at_once() {
    Call first = random_call();
    if (!takes_key(first.operation.kind)) {
        run_alone(std::move(first));
        return;
    }
    first.key = first.key.empty() ? new_key() : first.key;
    if (scene_.owners[first.owner].is_private()) {
        first.base = base_[first.owner];
    }
    Call second = first;
    const Statement statement = statement_of(first, scene_.owners, scene_.catalogue);
    first.began = second.began = Clock::now();
    connection_.send(statement);
    second_.send(statement);
    take_down(first, connection_.receive(), scene_.catalogue);
    take_down(second, second_.receive(), scene_.catalogue);
    const bool is_lost =
        first.outcome == Reply::Outcome::lost || second.outcome == Reply::Outcome::lost;
    for (Call* call : {&first, &second}) {
        learn(*call);
    }
    const int number = keep(std::move(first));
    log_.pairs.push_back({.first = number, .second = keep(std::move(second))});
    if (is_lost) {
        come_back();
    }
}

void Client::repeat_earlier() {
    if (repeatable_.empty()) {
        return;
    }
    const Call& made = log_.calls[repeatable_[below(static_cast<int>(repeatable_.size()))]];
    run_alone({.owner = made.owner,
               .operation = made.operation,
               .key = made.key,
               .if_match = made.if_match,
               .must_replay = true});
}

void Client::misuse_key() {
    if (repeatable_.empty() || !scene_.makes(Kind::add)) {
        return;
    }
    const Call& made = log_.calls[repeatable_[below(static_cast<int>(repeatable_.size()))]];
    Call call{.owner = made.owner,
              .operation = random_operation(Kind::add),
              .key = made.key,
              .is_own_fault = true};
    // Nobody else adds three thousand of anything.
    call.operation.items.front().quantity = 3000 * one;
    run_alone(std::move(call));
}

void Client::after_merge(const Call& merge) {
    if (!merge.is_answered() || !merge.answer.is_merged || merge.answer.is_repeated ||
        merge.answer.is_replayed) {
        return;
    }
    if (merge.may_be_undone) {
        undo_merge(merge);
    } else {
        follow_merge(merge);
    }
}

// A call of the guest's, made again after the login: it must not run a second time.
void Client::follow_merge(const Call& merge) {
    const auto& calls = guests_calls_[merge.operation.guest];
    if (calls.empty() || chance(50)) {
        return;
    }
    const Call& made = log_.calls[calls[below(static_cast<int>(calls.size()))]];
    run_alone({.owner = merge.owner,
               .operation = made.operation,
               .key = made.key,
               .if_match = made.if_match,
               .must_replay = true});
}

void Client::undo_merge(const Call& merge) {
    Call call{.owner = merge.owner, .operation = {.kind = Kind::unmerge}, .undoes = merge.number};
    call.operation.guest = merge.operation.guest;
    call.operation.cart = merge.answer.source.str();
    run_alone(std::move(call));
}

// ---- transactions of several calls, of one owner, so that no deadlock is of our making

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
    } while (call.operation.kind == Kind::merge || call.operation.kind == Kind::reconcile ||
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

// ---- remembering

// Whose cart we no longer know.
void Client::forget(const Call& call) {
    base_[call.owner] = std::nullopt;
    if (call.operation.guest >= 0) {
        base_[call.operation.guest] = std::nullopt;
    }
}

void Client::learn(const Call& call) {
    const Kind kind = call.operation.kind;
    if (call.outcome == Reply::Outcome::lost) {
        forget(call);
        return;
    }
    if (!call.is_answered() || call.answer.is_replayed) {
        return;
    }
    const Etag& at = call.answer.at;
    if (!at.cart.empty()) {
        carts_.push_back(at.cart.str());
        if (carts_.size() > 200) {
            carts_.erase(carts_.begin());
        }
    }
    if (!call.key.empty()) {
        const int number = call.transaction < 0 ? static_cast<int>(log_.calls.size()) : call.number;
        repeatable_.push_back(number);
        if (!scene_.owners[call.owner].is_user()) {
            guests_calls_[call.owner].push_back(number);
        }
    }
    if (kind == Kind::get && !call.operation.cart.empty()) {
        return;
    }
    if (kind == Kind::merge || kind == Kind::unmerge) {
        forget(call);
    }
    if (kind != Kind::unmerge) {
        base_[call.owner] = at;
        seen_[call.owner].push_back(at);
    }
    if (kind == Kind::merge && call.answer.is_merged) {
        base_[call.operation.guest] = Etag();
    }
}

}  // namespace cart::torture
