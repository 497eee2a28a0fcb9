// What each answer must be, by the model.
#include <algorithm>

#include "torture/claims.hpp"
#include "torture/life.hpp"
#include "torture/replay.hpp"

namespace cart::torture {

namespace {

// The call's answer must be of its owner's own active cart.
bool must_own(const Call& call) {
    return !call.answer.is_replayed && call.operation.cart.empty() && call.is_answered();
}

}  // namespace

void Replay::check_answer(const Story& story, const Call& call, bool is_maker) {
    const Answer& answer = call.answer;
    if (answer.content && answer.content != story.cart.content) {
        found(Aspect::answers, call, difference(story.cart.content, *answer.content));
    }
    const Line* line = find_line(story.cart.content, answer.line);
    if (answer.line >= 0 && answer.line_quantity != (line == nullptr ? 0 : line->quantity)) {
        found(Aspect::answers, call,
              "the line's quantity is not " + to_string(answer.line_quantity));
    }
    if (moves(call.operation.kind)) {
        check_moved(story, call, is_maker);
        return;
    }
    if (must_own(call) &&
        (story.cart.owner != call.owner || story.cart.content.status.str() != "active")) {
        found(Aspect::answers, call, "is not the owner's active cart");
    }
    if (!is_maker && may_have_found_none(story, call)) {
        return;
    }
    if (!is_maker && claim_of(call) != Claim::none) {
        Cart cart = story.cart;
        const Applied applied = apply(cart, call.operation, scene_.catalogue);
        if (applied.effect == Effect::changed || !applied.refusal.empty()) {
            found(Aspect::versions, call, "changed nothing, where it had to");
        }
    }
    if (!answer.is_replayed && call.operation.kind != Kind::get) {
        check_etag(story, call, is_maker);
    }
}

// Of a call that moves carts, and was answered this one.
void Replay::check_moved(const Story& story, const Call& call, bool is_maker) {
    if (call.answer.is_replayed) {
        return;
    }
    const Kind kind = call.operation.kind;
    const bool is_join = kind == Kind::merge || kind == Kind::link_open;
    const bool may_change_nothing =
        is_join ? !call.answer.is_merged || call.answer.is_repeated
                : kind == Kind::complete && has_status(story.cart, "ordered");
    if (!is_maker && !may_change_nothing) {
        found(Aspect::versions, call, "wrote nothing, where it had to");
    }
    if (!is_maker && is_join &&
        (story.cart.owner != call.owner || !has_status(story.cart, "active"))) {
        found(Aspect::answers, call, "is not the caller's active cart");
    }
    if (kind == Kind::link_open && is_maker && side_of(call) == nullptr) {
        if (!call.if_match.empty() && call.if_match != Etag().str()) {
            found(Aspect::refusals, call, "was done, though if_match was " + call.if_match);
        }
    } else if (kind != Kind::merge && kind != Kind::unmerge) {
        check_etag(story, call, is_maker);
    }
}

// The etag that the call named, and the one that a private owner's call must find, were the
// cart's before.
void Replay::check_etag(const Story& story, const Call& call, bool is_maker) {
    const Etag found_at = is_maker ? before(call, story.version)
                                   : Etag{.cart = call.answer.at.cart, .version = story.version};
    if (!call.if_match.empty() && call.if_match != found_at.str()) {
        found(Aspect::refusals, call, "was done, though if_match was " + call.if_match);
    }
    // Of what comes back or is brought in, making.cpp says what must be found.
    const Kind kind = call.operation.kind;
    const bool is_of_active = !moves(kind) || kind == Kind::hold || kind == Kind::checkout;
    if (is_of_active && call.base && *call.base != found_at && call.is_answered()) {
        found(Aspect::answers, call,
              "found " + found_at.str() + ", where only it could have changed " + call.base->str());
    }
}

void Replay::check_changes(const Call& call, const Content& before, const Content& after) {
    if (!call.answer.has_changes) {
        return;
    }
    std::set<int> listed;
    for (const Change& change : call.answer.changes) {
        const Line* old_line = find_line(before, change.identity);
        const Line* new_line = find_line(after, change.identity);
        listed.insert(change.identity);
        const Amount quantity_before = old_line == nullptr ? absent : old_line->quantity;
        const Amount quantity_after = new_line == nullptr ? 0 : new_line->quantity;
        if (change.before != quantity_before || change.after != quantity_after) {
            found(Aspect::answers, call,
                  "change \"" + change.action.str() + "\" of " + std::to_string(change.identity) +
                      ": expected " + to_string(std::max<Amount>(quantity_before, 0)) + " -> " +
                      to_string(quantity_after) + ", found " +
                      to_string(std::max<Amount>(change.before, 0)) + " -> " +
                      to_string(std::max<Amount>(change.after, 0)));
        }
    }
    for (const Content* content : {&before, &after}) {
        for (const Line& line : content->lines) {
            const Line* old_line = find_line(before, line.identity);
            const Line* new_line = find_line(after, line.identity);
            const bool differs =
                old_line == nullptr || new_line == nullptr || *old_line != *new_line;
            if (differs && !listed.contains(line.identity)) {
                found(Aspect::answers, call,
                      "the change of " + std::to_string(line.identity) + " is not listed");
                listed.insert(line.identity);
            }
        }
    }
}

void Replay::check_refused(const Cart& cart, const Etag& etag, const Call& call) {
    if (call.sqlstate == "KC002") {
        if (call.if_match == etag.str()) {
            found(Aspect::refusals, call, "if_match " + call.if_match + " was right");
        }
        return;
    }
    Cart tried = cart;
    const Applied applied = apply(tried, call.operation, scene_.catalogue);
    if (applied.refusal != call.sqlstate) {
        found(Aspect::refusals, call,
              "refused with " + call.sqlstate + " at " + etag.str() + ", expected " +
                  (applied.refusal.empty() ? "success" : applied.refusal) + ": " + call.detail);
    }
}

// ---- what only a transaction saw

bool Replay::check_step(Cart& cart, Etag& etag, const Call& call) {
    if (!call.is_answered()) {
        if (call.outcome == Reply::Outcome::refused) {
            check_refused(cart, etag, call);
        }
        return true;
    }
    const Content before = cart.content;
    Cart after = cart;
    const Applied applied = apply(after, call.operation, scene_.catalogue);
    const bool is_raised = call.answer.at.version == etag.version + 1;
    if (is_raised ? applied.effect == Effect::none
                  : applied.effect == Effect::changed || call.answer.at.version != etag.version) {
        found(Aspect::versions, call, "in its transaction, it came after " + etag.str());
        return false;
    }
    cart = after;
    etag = call.answer.at;
    if (call.answer.content && *call.answer.content != cart.content) {
        found(Aspect::answers, call,
              "in its transaction: " + difference(cart.content, *call.answer.content));
        return false;
    }
    check_changes(call, before, cart.content);
    return true;
}

void Replay::check_branch(const Story& story, const Branch& branch) {
    Cart cart = story.cart;
    Etag etag = branch.from;
    std::pair<Cart, Etag> saved{cart, etag};
    for (const Step& step : branch.steps) {
        if (step.what == Step::Do::savepoint) {
            saved = {cart, etag};
        } else if (step.what == Step::Do::rollback_to) {
            std::tie(cart, etag) = saved;
        } else if (!check_step(cart, etag, logs_[branch.client].calls[step.call])) {
            return;
        }
    }
}

}  // namespace cart::torture
