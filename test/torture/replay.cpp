#include "torture/replay.hpp"

#include <algorithm>

#include "torture/claims.hpp"
#include "torture/life.hpp"

namespace cart::torture {

namespace {

std::string at(const Etag& etag) { return "cart " + etag.str() + ": "; }

const char* name_of(Claim claim) {
    return claim == Claim::sure ? "sure" : claim == Claim::possible ? "possible" : "none";
}

}  // namespace

void Replay::found(Aspect aspect, const Call& call, const std::string& text) {
    findings_.add(aspect, title_of(call, scene_.owners) + ": " + at(call.answer.at) + text +
                              "\n  " + sql_of(call, scene_.owners, scene_.catalogue) +
                              last_versions(call.answer.at.cart));
}

// Who is taken to have made the last versions of the cart, and who else might have: once a cart.
std::string Replay::last_versions(Text id) {
    if (!told_.insert(id).second) {
        return "";
    }
    constexpr std::size_t most = 12;
    const auto& events = stories_[id].events;
    std::string text;
    for (std::size_t i = events.size() - std::min(events.size(), most); i < events.size(); ++i) {
        text += "\n  version " + std::to_string(events[i].version) + " made by " +
                title_of(*events[i].call, scene_.owners) + (events[i].is_empty ? ": empty" : "") +
                "\n    " + sql_of(*events[i].call, scene_.owners, scene_.catalogue) +
                answered_at(stories_[id], events[i]);
    }
    return text;
}

std::string Replay::answered_at(const Story& story, const Event& event) const {
    const auto answers = story.answers.find(event.version);
    std::string text;
    for (const Call* call :
         answers == story.answers.end() ? std::vector<const Call*>() : answers->second) {
        text += "\n    answered to " + title_of(*call, scene_.owners) + ", claim " +
                name_of(claim_of(*call)) + (call->is_answered() ? "" : ", lost") +
                (call->answer.is_replayed ? ", replayed" : "") +
                (call == event.call ? ", the maker" : "");
    }
    return text;
}

// ---- what happened

Cart Replay::new_cart(int owner) const {
    Cart cart;
    cart.owner = owner;
    cart.content.user = Text(scene_.owners[owner].user);
    return cart;
}

void Replay::add(const Call& call) {
    const Etag& at = call.answer.at;
    if (!at.cart.empty()) {
        stories_[at.cart].answers[at.version].push_back(&call);
    }
    if (call.is_undone) {
        return;
    }
    for (const Written& written : call.answer.written) {
        if (written.at.cart != at.cart) {
            stories_[written.at.cart].sides[written.at.version].push_back(&call);
        }
    }
    for (const auto& [etag, content] : call.answer.listed) {
        add_listed(call, etag, content);
    }
}

// What a list showed of one cart, as if that had been asked for.
void Replay::add_listed(const Call& list, const Etag& etag, const Content& content) {
    Call& get = listed_.emplace_back(list);
    get.operation = {.kind = Kind::get, .cart = etag.cart.str()};
    get.answer = {.at = etag, .content = content};
    if (content.status.str() != "held") {
        found(Aspect::answers, list, "the cart " + etag.str() + " is " + content.status.str());
    }
    stories_[etag.cart].answers[etag.version].push_back(&get);
}

void Replay::add_refused(const Call& call) {
    if (call.base->cart.empty()) {
        check_refused(new_cart(call.owner), Etag(), call);
    } else {
        stories_[call.base->cart].refused[call.base->version].push_back(&call);
    }
}

void Replay::add_branch(const Branch& branch) {
    if (branch.from.version == 0) {
        check_branch(
            Story{.cart = new_cart(logs_[branch.client].calls[branch.steps.front().call].owner)},
            branch);
    } else {
        stories_[branch.from.cart].branches.emplace(branch.from.version, branch);
    }
}

// Whether something is known of a later version than the story has come to.
bool Replay::has_more(const Story& story) {
    const auto last = [](const auto& versions) {
        return versions.empty() ? 0 : versions.rbegin()->first;
    };
    return std::max(last(story.answers), last(story.sides)) > story.version;
}

void Replay::run() {
    bool has_moved = true;
    while (has_moved) {
        has_moved = false;
        for (auto& [id, story] : stories_) {
            has_moved |= advance(id);
        }
    }
    for (auto& [id, story] : stories_) {
        if (has_more(story) && !story.is_broken) {
            findings_.add(Aspect::versions, "cart " + id.str() + ": nobody made version " +
                                                std::to_string(story.version + 1) +
                                                ", or it waits for another cart");
            story.is_broken = true;
        }
        check_order(story);
    }
}

// ---- version by version

// Whether the cart may have become its owner's active one only after the call had found none. Such
// a call has nothing to do, and shows the cart as it stands by then.
bool Replay::may_have_found_none(const Story& story, const Call& call) {
    if (!needs_no_cart(call.operation) ||
        !(call.if_match.empty() || call.if_match == Etag().str())) {
        return false;
    }
    const Event* arrival = nullptr;
    for (const Event& event : story.events) {
        const bool stays =
            arrival != nullptr && event.owner == arrival->owner && event.status == arrival->status;
        arrival = stays ? arrival : &event;
    }
    return arrival == nullptr || arrival->call->ended >= call.began;
}

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
        if (!is_other || may_have_found_none(story, *call)) {
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
        Cart cart = version == 1 ? new_cart(call->owner) : story.cart;
        const std::vector<Line> lines = cart.content.lines;
        const Applied applied = apply(cart, call->operation, scene_.catalogue);
        const bool hides_lines = call->answer.has_changes && !shows_a_change(call->answer) &&
                                 cart.content.lines != lines;
        if (hides_lines || !applied.refusal.empty() || applied.effect == Effect::none ||
            cart.content.status.str() != "active" || cart.owner != call->owner) {
            continue;
        }
        const bool is_likely = agrees(story, cart, *call);
        if (is_likely && !may_have_found_none(story, *call)) {
            return call;
        }
        fallback = is_likely || fallback == nullptr ? call : fallback;
    }
    return fallback;
}

// All that say of themselves that they made the version.
std::vector<const Call*> Replay::sure_makers(const Story& story, std::int64_t version) {
    std::vector<const Call*> makers;
    if (const auto answers = story.answers.find(version); answers != story.answers.end()) {
        std::ranges::copy_if(answers->second, std::back_inserter(makers),
                             [](const Call* call) { return claim_of(*call) == Claim::sure; });
    }
    if (const auto sides = story.sides.find(version); sides != story.sides.end()) {
        makers.insert(makers.end(), sides->second.begin(), sides->second.end());
    }
    return makers;
}

const Call* Replay::next_maker(const Story& story) {
    const std::int64_t version = story.version + 1;
    const auto makers = sure_makers(story, version);
    for (const Call* other : makers) {
        if (other != makers.front() && reported_.insert(other).second) {
            found(moves(other->operation.kind) ? Aspect::once : Aspect::versions, *other,
                  "made by " + title_of(*makers.front(), scene_.owners) + ", too");
        }
    }
    if (!makers.empty()) {
        return makers.front();
    }
    return story.answers.contains(version) ? try_possible(story, version) : nullptr;
}

// Where nobody is known to have made the next version, it must be the last one.
void Replay::check_gap(Story& story) {
    if (!has_more(story)) {
        return;
    }
    const std::string text =
        "no acknowledged call made version " + std::to_string(story.version + 1);
    if (const auto answer = story.answers.upper_bound(story.version);
        answer != story.answers.end()) {
        found(Aspect::versions, *answer->second.front(), text);
    } else {
        found(Aspect::versions, *story.sides.upper_bound(story.version)->second.front(), text);
    }
    story.is_broken = true;
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

// At a new version: what was said of it must be so.
void Replay::arrive(Story& story, const Call* maker) {
    ++story.version;
    story.events.push_back({.version = story.version,
                            .call = maker,
                            .owner = story.cart.owner,
                            .status = story.cart.content.status,
                            .currency = story.cart.content.currency,
                            .order_ref = story.cart.content.order_ref,
                            .is_empty = story.cart.content.lines.empty(),
                            .can_be_ordered = can_be_ordered(story.cart)});
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
