#include "torture/replay.hpp"

#include <algorithm>

namespace cart::torture {

namespace {

// Whether a call made the version that it answered, as far as its answer tells.
enum class Claim : unsigned char { none, possible, sure };

bool sets_something(const Call& call) {
    return std::ranges::any_of(call.operation.operations,
                               [](const Operation& each) { return each.kind == Kind::set; });
}

Claim claim_of(const Call& call) {
    const Answer& answer = call.answer;
    const Kind kind = call.operation.kind;
    if (!writes(kind) || answer.is_replayed || answer.at.cart.empty() || call.is_undone) {
        return Claim::none;
    }
    switch (kind) {
        case Kind::merge:
            return answer.is_merged && !answer.is_repeated ? Claim::sure : Claim::none;
        case Kind::unmerge:
            return Claim::sure;
        case Kind::reconcile:
            return answer.is_reconciled ? Claim::sure : Claim::none;
        case Kind::add:
        case Kind::add_items:
            return call.operation.items.empty() ? Claim::none
                   : call.is_answered()         ? Claim::sure
                                                : Claim::possible;
        case Kind::set:
            return Claim::possible;
        case Kind::apply:
            // What it sets of the cart itself is not among the changes.
            return shows_a_change(call.answer)                   ? Claim::sure
                   : !answer.has_changes || sets_something(call) ? Claim::possible
                                                                 : Claim::none;
        default:
            return !answer.has_changes           ? Claim::possible
                   : shows_a_change(call.answer) ? Claim::sure
                                                 : Claim::none;
    }
}

Cart new_cart(const Scene& scene, int owner) {
    Cart cart;
    cart.owner = owner;
    cart.content.user = Text(scene.owners[owner].user);
    return cart;
}

// The call's answer must be of its owner's own active cart.
bool must_own(const Call& call) {
    return !call.answer.is_replayed && call.operation.cart.empty() && call.is_answered();
}

// What the maker of this version found.
Etag before(const Call& maker, std::int64_t version) {
    return version == 1 ? Etag() : Etag{.cart = maker.answer.at.cart, .version = version - 1};
}

// Whether the call may have found the cart so, as far as it says what it wants to find.
bool may_find(const Call& call, const Etag& etag) {
    return (call.if_match.empty() || call.if_match == etag.str()) &&
           (!call.base || *call.base == etag);
}

std::string at(const Etag& etag) { return "cart " + etag.str() + ": "; }

}  // namespace

void Replay::found(Aspect aspect, const Call& call, const std::string& text) {
    findings_.add(aspect, title_of(call, scene_.owners) + ": " + at(call.answer.at) + text +
                              "\n  " + sql_of(call, scene_.owners, scene_.catalogue));
}

// ---- what happened

void Replay::add(const Call& call) {
    const Answer& answer = call.answer;
    if (!answer.at.cart.empty()) {
        stories_[answer.at.cart].answers[answer.at.version].push_back(&call);
    }
    if (call.operation.kind == Kind::merge && claim_of(call) == Claim::sure &&
        answer.source != answer.at.cart) {
        stories_[answer.source].leaving.push_back(&call);
    }
}

void Replay::add_refused(const Call& call) {
    if (call.base->cart.empty()) {
        check_refused(new_cart(scene_, call.owner), Etag(), call);
    } else {
        stories_[call.base->cart].refused[call.base->version].push_back(&call);
    }
}

void Replay::add_branch(const Branch& branch) {
    if (branch.from.version == 0) {
        check_branch(
            Story{.cart = new_cart(scene_,
                                   logs_[branch.client].calls[branch.steps.front().call].owner)},
            branch);
    } else {
        stories_[branch.from.cart].branches.emplace(branch.from.version, branch);
    }
}

// Merges that leave one cart are acknowledged in their order: the next one needs the undoing of the
// one before, which its client asks for only after the merge was acknowledged.
void Replay::arrange_leaving() {
    std::map<const Call*, const Call*> undoing;
    for (const Log& log : logs_) {
        for (const Call& call : log.calls) {
            if (call.operation.kind == Kind::unmerge && call.is_answered()) {
                undoing[&log.calls[call.undoes]] = &call;
            }
        }
    }
    for (auto& [id, story] : stories_) {
        std::ranges::sort(story.leaving, {}, &Call::ended);
        std::vector<const Call*> all;
        for (const Call* merge : story.leaving) {
            all.push_back(merge);
            if (const auto found = undoing.find(merge); found != undoing.end()) {
                all.push_back(found->second);
            }
        }
        story.leaving = all;
    }
}

void Replay::run() {
    arrange_leaving();
    bool has_moved = true;
    while (has_moved) {
        has_moved = false;
        for (auto& [id, story] : stories_) {
            has_moved |= advance(id);
        }
    }
    for (auto& [id, story] : stories_) {
        const bool has_more =
            story.left < story.leaving.size() ||
            (!story.answers.empty() && story.answers.rbegin()->first > story.version);
        if (has_more && !story.is_broken) {
            findings_.add(Aspect::versions, "cart " + id.str() + ": nobody made version " +
                                                std::to_string(story.version + 1) +
                                                ", or it waits for another cart");
        }
        check_order(story);
    }
}

// ---- version by version

// Whether the cart may be what this version was, as all its answers tell but the maker's own.
bool Replay::agrees(const Story& story, const Cart& cart, const Call& maker) const {
    return std::ranges::all_of(story.answers.at(story.version + 1), [&](const Call* call) {
        const bool is_other = call != &maker && claim_of(*call) != Claim::none;
        // Who named the version before by its etag has made this one, and has not just seen it.
        if (is_other && !may_find(*call, call->answer.at)) {
            return false;
        }
        if (call->answer.content) {
            return *call->answer.content == cart.content;
        }
        if (!is_other) {
            return true;
        }
        Cart tried = cart;
        const Applied applied = apply(tried, call->operation, scene_.catalogue);
        return applied.refusal.empty() && applied.effect != Effect::changed;
    });
}

// The one of several calls that may have made the version: where answers are brief, only the model
// can tell which of them found something to do.
const Call* Replay::try_possible(const Story& story, std::int64_t version) const {
    const Call* fallback = nullptr;
    for (const Call* call : story.answers.at(version)) {
        if (claim_of(*call) != Claim::possible || !may_find(*call, before(*call, version))) {
            continue;
        }
        Cart cart = version == 1 ? new_cart(scene_, call->owner) : story.cart;
        const Applied applied = apply(cart, call->operation, scene_.catalogue);
        if (!applied.refusal.empty() || applied.effect == Effect::none ||
            cart.content.status.str() != "active" || cart.owner != call->owner) {
            continue;
        }
        if (agrees(story, cart, *call)) {
            return call;
        }
        fallback = call;
    }
    return fallback;
}

const Call* Replay::next_maker(Story& story) {
    const std::int64_t version = story.version + 1;
    const auto answers = story.answers.find(version);
    if (answers == story.answers.end()) {
        return nullptr;
    }
    const Call* maker = nullptr;
    for (const Call* call : answers->second) {
        if (claim_of(*call) != Claim::sure) {
            continue;
        }
        if (maker != nullptr) {
            found(Aspect::versions, *call, "made by " + title_of(*maker, scene_.owners) + ", too");
        } else {
            maker = call;
        }
    }
    return maker != nullptr ? maker : try_possible(story, version);
}

// Where nobody is known to have made the next version: either it is the last one, or the cart goes
// into another one here, or a call is missing.
void Replay::check_gap(Story& story) {
    const bool leaves = story.version > 0 && story.left < story.leaving.size();
    const bool comes_back = story.left + 1 < story.leaving.size() &&
                            story.leaving[story.left + 1]->operation.kind == Kind::unmerge;
    const bool may_go_on =
        leaves && (comes_back || story.leaving[story.left]->operation.kind == Kind::unmerge);
    const auto later = story.answers.upper_bound(story.version + (leaves ? 1 : 0));
    if (!may_go_on && later != story.answers.end()) {
        found(Aspect::versions, *later->second.front(),
              "no acknowledged call made version " + std::to_string(story.version + 1));
        story.is_broken = true;
    }
}

// Goes on until the end, or until another cart must move first. Whether it got anywhere.
bool Replay::advance(Text id) {
    Story& story = stories_[id];
    if (story.is_broken || story.is_in_progress) {
        return false;
    }
    story.is_in_progress = true;
    bool has_moved = false;
    const Call* maker = next_maker(story);
    while (maker != nullptr && make(id, story, *maker)) {
        has_moved = true;
        maker = next_maker(story);
    }
    if (maker == nullptr) {
        check_gap(story);
    }
    story.is_in_progress = false;
    return has_moved;
}

bool Replay::make(Text id, Story& story, const Call& call) {
    bool is_made = true;
    if (call.operation.kind == Kind::merge) {
        is_made = make_merge(id, story, call);
    } else if (call.operation.kind == Kind::unmerge) {
        is_made = make_unmerge(story, call);
    } else {
        make_simply(story, call);
    }
    if (is_made) {
        makers_.insert(&call);
        arrive(story, &call);
    }
    return is_made;
}

void Replay::make_simply(Story& story, const Call& call) {
    if (story.version == 0) {
        story.cart = new_cart(scene_, call.owner);
    }
    const Content before = story.cart.content;
    if (story.cart.owner != call.owner || before.status.str() != "active") {
        found(Aspect::answers, call,
              "changed the " + before.status.str() + " cart of " +
                  title_of(scene_.owners[story.cart.owner]));
    }
    const Applied applied = apply(story.cart, call.operation, scene_.catalogue);
    story.cart.exists = true;
    if (!applied.refusal.empty()) {
        found(Aspect::refusals, call, "had to be refused with " + applied.refusal);
    } else if (applied.effect == Effect::none) {
        found(Aspect::versions, call, "raised the version, but changed nothing");
    }
    check_changes(call, before, story.cart.content);
}

// The source's story, when it stands where only this call can take it on.
Story* Replay::waiting_source(Text source, const Call& call) {
    advance(source);
    Story& story = stories_[source];
    const bool is_there = !story.is_in_progress && !story.is_broken && story.version > 0 &&
                          story.left < story.leaving.size() && story.leaving[story.left] == &call &&
                          next_maker(story) == nullptr;
    return is_there ? &story : nullptr;
}

bool Replay::make_merge(Text id, Story& story, const Call& call) {
    if (call.answer.source == id) {
        // The user had no cart, and gets the guest's.
        if (story.cart.owner != call.operation.guest) {
            found(Aspect::answers, call, "was not the guest's");
        }
        check_changes(call, Content(), story.cart.content);
        story.cart.owner = call.owner;
        story.cart.content.user = Text(scene_.owners[call.owner].user);
        return true;
    }
    Story* source = waiting_source(call.answer.source, call);
    if (source == nullptr) {
        return false;
    }
    if (story.cart.owner != call.owner || source->cart.owner != call.operation.guest ||
        story.cart.content.status.str() != "active" ||
        source->cart.content.status.str() != "active") {
        found(Aspect::answers, call, "merged carts that were not the two's active ones");
    }
    const Content before = before_merge_[&call] = story.cart.content;
    merge_into(story.cart.content, source->cart.content, strategy_of(call.operation));
    check_changes(call, before, story.cart.content);
    source->cart.content.status = Text("merged");
    source->cart.merged_into = id;
    leave(*source, call);
    return true;
}

bool Replay::make_unmerge(Story& story, const Call& call) {
    const Call& merge = logs_[call.client].calls[call.undoes];
    if (merge.answer.source == merge.answer.target) {
        story.cart.owner = merge.operation.guest;
        story.cart.content.user = Text();
        return true;
    }
    Story* source = waiting_source(merge.answer.source, call);
    if (source == nullptr) {
        return false;
    }
    if (story.version != merge.answer.at.version) {
        found(Aspect::refusals, call, "the target had changed since the merge");
    }
    const Content before = story.cart.content;
    story.cart.content = before_merge_[&merge];
    check_changes(call, before, story.cart.content);
    source->cart.content.status = Text("active");
    source->cart.merged_into = Text();
    leave(*source, call);
    return true;
}

void Replay::leave(Story& story, const Call& call) {
    ++story.left;
    arrive(story, &call);
}

// At a new version: what was said of it must be so.
void Replay::arrive(Story& story, const Call* maker) {
    ++story.version;
    story.events.push_back({.version = story.version, .call = maker});
    if (const auto answers = story.answers.find(story.version); answers != story.answers.end()) {
        for (const Call* call : answers->second) {
            check_answer(story, *call, call == maker);
        }
    }
    if (const auto refused = story.refused.find(story.version); refused != story.refused.end()) {
        for (const Call* call : refused->second) {
            check_refused(story.cart, {.cart = call->base->cart, .version = story.version}, *call);
        }
    }
    const auto [first, last] = story.branches.equal_range(story.version);
    for (auto branch = first; branch != last; ++branch) {
        check_branch(story, branch->second);
    }
}

// ---- what an answer must be

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
    const bool is_move = call.operation.kind == Kind::merge || call.operation.kind == Kind::unmerge;
    if (must_own(call) && !is_move &&
        (story.cart.owner != call.owner || story.cart.content.status.str() != "active")) {
        found(Aspect::answers, call, "is not the owner's active cart");
    }
    if (!is_maker && claim_of(call) != Claim::none && !is_move) {
        Cart cart = story.cart;
        const Applied applied = apply(cart, call.operation, scene_.catalogue);
        if (applied.effect == Effect::changed || !applied.refusal.empty()) {
            found(Aspect::versions, call, "changed nothing, where it had to");
        }
    }
    if (!answer.is_replayed && !is_move && call.operation.kind != Kind::get) {
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
    if (call.base && *call.base != found_at && call.is_answered()) {
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

// ---- in real time

// A call that began after another was acknowledged sees at least what that one made.
void Replay::check_order(const Story& story) {
    std::map<std::int64_t, const Call*> earliest;  // acknowledged, of all later versions
    const Call* first = nullptr;
    for (auto event = story.events.rbegin(); event != story.events.rend(); ++event) {
        earliest[event->version] = first;
        if (first == nullptr || event->call->ended < first->ended) {
            first = event->call;
        }
    }
    for (const auto& [version, calls] : story.answers) {
        const auto later = earliest.find(version);
        if (later == earliest.end() || later->second == nullptr) {
            continue;
        }
        for (const Call* call : calls) {
            if (call->began > later->second->ended) {
                found(Aspect::order, *call,
                      "began after a later version was acknowledged, to " +
                          title_of(*later->second, scene_.owners));
            }
        }
    }
}

}  // namespace cart::torture
