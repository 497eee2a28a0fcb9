#include "torture/client.hpp"

#include <algorithm>
#include <utility>

namespace cart::torture {

Client::Client(const Scene& scene, int number)
    : scene_(scene),
      number_(number),
      random_(scene.seed * 1000 + static_cast<std::uint64_t>(number)),
      is_brief_(number % 4 == 3) {
    for (int owner = 0; std::cmp_less(owner, scene.owners.size()); ++owner) {
        base_[owner] = Etag();
    }
    set_up(connection_);
    set_up(second_);
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
    } else if (what < 22) {
        duel();
    } else if (what < 24) {
        hang_up();
    } else if (what < 32 && !is_brief_) {
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

// A call that names its cart need not have to do with its owner's active one.
void Client::prepare(Call& call) {
    const Operation& operation = call.operation;
    const bool is_of_active = operation.cart.empty() || operation.kind == Kind::resume ||
                              (moves_named(operation.kind) && operation.kind != Kind::complete &&
                               !operation.names_no_owner);
    if (scene_.owners[call.owner].is_private() && call.transaction < 0 && is_of_active) {
        call.base = base_[call.owner];
    }
    // Of one alone, its answer may not tell which version it made, or of which carts.
    call.is_noted = moves(operation.kind) || (call.transaction < 0 && writes(operation.kind) &&
                                              (call.is_hung_up || may_do_nothing(operation.kind)));
    call.mark = scene_.owners.front().tenant + "-" + std::to_string(number_) + "-" +
                std::to_string(++marks_);
    call.began = Clock::now();
}

int Client::run(Call call, Connection& connection) {
    prepare(call);
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
    if (!takes_key(call.operation.kind) || call.operation.names_no_owner ||
        scene_.owners[call.owner].is_private()) {
        run_alone(std::move(call));
        return;
    }
    call.key = call.key.empty() ? new_key() : call.key;
    call.is_hung_up = true;
    prepare(call);
    call.ended = Clock::time_point::max();
    second_.send(statement_of(call, scene_.owners, scene_.catalogue));
    second_.hang_up();
    const int number = keep(std::move(call));
    reconnect(second_);
    retry(number);
}

void Client::reconnect(Connection& connection) {
    connection.reconnect();
    set_up(connection);
}

// Of a client's two connections one goes to the heap itself and the other through the executor, so
// that each of the two ways meets the other.
void Client::set_up(Connection& connection) {
    if ((&connection == &second_) == (number_ % 2 == 0)) {
        connection.run({"SET cart_ext.direct_access = off"});
    }
    if (is_brief_) {
        connection.run({"SET cart_ext.return_cart = off"});
    }
}

void Client::come_back() {
    ++log_.reconnects;
    reconnect(connection_);
    reconnect(second_);
}

// Both at the same time. The number of the first; the second's follows.
int Client::run_both(Call first, Call second) {
    for (Call* call : {&first, &second}) {
        prepare(*call);
    }
    connection_.send(statement_of(first, scene_.owners, scene_.catalogue));
    second_.send(statement_of(second, scene_.owners, scene_.catalogue));
    take_down(first, connection_.receive(), scene_.catalogue);
    take_down(second, second_.receive(), scene_.catalogue);
    const bool is_lost =
        first.outcome == Reply::Outcome::lost || second.outcome == Reply::Outcome::lost;
    learn(first);
    const int number = keep(std::move(first));
    learn(second);
    keep(std::move(second));
    if (is_lost) {
        come_back();
    }
    return number;
}

// The same call with the same key on two connections at once: exactly one may do it.
void Client::run_twice_at_once() {
    Call first = random_call();
    if (!takes_key(first.operation.kind) || first.operation.names_no_owner) {
        run_alone(std::move(first));
        return;
    }
    first.key = first.key.empty() ? new_key() : first.key;
    Call second = first;
    const int number = run_both(std::move(first), std::move(second));
    log_.pairs.push_back({.first = number, .second = number + 1});
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

// ---- remembering

// Whose cart we no longer know: any of ours, for all that is private.
void Client::forget(const Call& call) {
    if (!scene_.owners[call.owner].is_private()) {
        return;
    }
    for (auto& [owner, base] : base_) {
        if (scene_.owners[owner].is_private()) {
            base = std::nullopt;
        }
    }
}

void Client::learn_key(const Call& call) {
    if (call.key.empty()) {
        return;
    }
    const int number = call.transaction < 0 ? static_cast<int>(log_.calls.size()) : call.number;
    repeatable_.push_back(number);
    // The key of a call that names its cart is the cart's owner's, and follows nobody.
    const Kind kind = call.operation.kind;
    const bool is_named = moves_named(kind) || !call.operation.cart.empty();
    if (!scene_.owners[call.owner].is_user() && (!is_named || kind == Kind::resume)) {
        guests_calls_[call.owner].push_back(number);
    }
}

void Client::learn_cart(const Call& call) {
    const Etag& at = call.answer.at;
    if (at.cart.empty()) {
        return;
    }
    constexpr std::size_t most_carts = 200;
    carts_.push_back(at.cart.str());
    if (carts_.size() > most_carts) {
        carts_.erase(carts_.begin());
    }
    if (call.answer.content && call.operation.cart.empty()) {
        totals_[call.owner] = total_of(*call.answer.content);
    }
}

void Client::learn(const Call& call) {
    const Kind kind = call.operation.kind;
    if (call.outcome == Reply::Outcome::lost) {
        forget(call);
        return;
    }
    if (!call.is_answered() || call.answer.is_replayed || kind == Kind::held) {
        return;
    }
    learn_cart(call);
    learn_key(call);
    if (kind == Kind::link_create) {
        post(call.owner, Shelf::links, {}, call.answer.link);
    } else if (kind == Kind::unmerge) {
        forget(call);
    } else if (moves(kind) && kind != Kind::merge) {
        learn_move(call);
    } else if (call.operation.cart.empty()) {
        base_[call.owner] = call.answer.at;
        seen_[call.owner].push_back(call.answer.at);
    }
    if (kind == Kind::merge && call.answer.is_merged) {
        base_[call.operation.guest] = Etag();
    }
}

}  // namespace cart::torture
