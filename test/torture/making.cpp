// What a call makes of its carts, by the model.
#include "torture/claims.hpp"
#include "torture/life.hpp"
#include "torture/replay.hpp"

namespace cart::torture {

namespace {

// Where the model refuses what was done.
Aspect aspect_of(const Call& call) {
    return moves(call.operation.kind) ? Aspect::once : Aspect::refusals;
}

}  // namespace

// False where another cart must move first, or this one moves with another.
bool Replay::make(Text id, Story& story, const Call& call) {
    const Kind kind = call.operation.kind;
    bool is_made = id == call.answer.at.cart;
    if (!is_made) {
        return false;
    }
    if (kind == Kind::merge || kind == Kind::link_open) {
        is_made = make_join(id, story, call);
    } else if (kind == Kind::unmerge) {
        is_made = make_unmerge(story, call);
    } else if (moves(kind)) {
        is_made = make_move(id, story, call);
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
        story.cart = new_cart(call.owner);
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
        found(aspect_of(call), call, "had to be refused with " + applied.refusal);
    } else if (applied.effect == Effect::none) {
        found(Aspect::versions, call, "raised the version, but changed nothing");
    }
    check_changes(call, before, story.cart.content);
    keep_account(call, before, {}, story.cart.content);
}

// What came in and went out: what a customer asked for did. A merge brings the source's lines, and
// only a strategy other than sum may leave some of them out.
void Replay::keep_account(const Call& call, const Content& before, const Content& source,
                          const Content& after) {
    const std::string& tenant = scene_.owners[call.owner].tenant;
    ledger_.add(tenant, before, -1);
    ledger_.add(tenant, source, -1);
    ledger_.add(tenant, after);
}

// The story of the cart that the call wrote by the way, when it stands where only this call can
// take it on.
Story* Replay::waiting_side(const Call& call) {
    const Etag& at = side_of(call)->at;
    advance(at.cart);
    Story& story = stories_[at.cart];
    const bool is_there = !story.is_in_progress && !story.is_broken && story.version > 0 &&
                          story.version + 1 == at.version && next_maker(story) == &call;
    return is_there ? &story : nullptr;
}

// ---- carts that go into others

// A login takes its guest's active cart, a link the cart that it was made for.
void Replay::check_source(const Story& source, const Call& call) {
    const bool is_active = has_status(source.cart, "active");
    if (call.operation.kind == Kind::merge) {
        if (source.cart.owner != call.operation.guest || !is_active) {
            found(Aspect::answers, call, "merged what was not the guest's active cart");
        }
    } else if (!is_active && !has_status(source.cart, "abandoned")) {
        found(Aspect::once, call, "took a cart that was " + source.cart.content.status.str());
    }
}

// The caller had no cart, and gets the source under its id.
void Replay::give_first(Story& story, const Call& call) {
    check_source(story, call);
    check_base(Etag(), call);
    check_changes(call, Content(), story.cart.content);
    story.cart.owner = call.owner;
    story.cart.content.user = Text(scene_.owners[call.owner].user);
    story.cart.content.status = Text("active");
}

bool Replay::make_join(Text id, Story& story, const Call& call) {
    if (side_of(call) == nullptr) {
        give_first(story, call);
        return true;
    }
    Story* source = waiting_side(call);
    if (source == nullptr) {
        return false;
    }
    check_source(*source, call);
    check_base({.cart = id, .version = story.version}, call);
    if (story.cart.owner != call.owner || !has_status(story.cart, "active")) {
        found(Aspect::answers, call, "merged into what was not the caller's active cart");
    }
    if (!may_join(story.cart.content, source->cart.content)) {
        found(Aspect::answers, call, "merged carts of two currencies");
    }
    const Content before = before_merge_[&call] = story.cart.content;
    merge_into(story.cart.content, source->cart.content, strategy_of(call.operation));
    check_changes(call, before, story.cart.content);
    if (strategy_of(call.operation) != "sum") {
        keep_account(call, before, source->cart.content, story.cart.content);
    }
    source->cart.content.status = Text("merged");
    source->cart.merged_into = id;
    arrive(*source, &call);
    return true;
}

bool Replay::make_unmerge(Story& story, const Call& call) {
    const Call& merge = logs_[call.client].calls[call.undoes];
    if (story.version != merge.answer.at.version) {
        found(Aspect::refusals, call, "the target had changed since the merge");
    }
    if (side_of(call) == nullptr) {
        story.cart.owner = merge.operation.guest;
        story.cart.content.user = Text();
        return true;
    }
    Story* source = waiting_side(call);
    if (source == nullptr) {
        return false;
    }
    const Content before = story.cart.content;
    story.cart.content = before_merge_[&merge];
    check_changes(call, before, story.cart.content);
    if (strategy_of(merge.operation) != "sum") {
        Content both = story.cart.content;
        both.lines.insert(both.lines.end(), source->cart.content.lines.begin(),
                          source->cart.content.lines.end());
        keep_account(call, before, {}, both);
    }
    source->cart.content.status = Text("active");
    source->cart.merged_into = Text();
    arrive(*source, &call);
    return true;
}

// ---- carts that are set aside and come back

// Whoever names an owner means that owner's cart; a sale that is resumed may be anybody's.
void Replay::check_owner(const Story& story, const Call& call) {
    const Kind kind = call.operation.kind;
    const bool names_owner =
        kind != Kind::resume && kind != Kind::abandon && !call.operation.names_no_owner;
    if (names_owner && story.cart.owner != call.owner) {
        found(Aspect::owners, call,
              "moved the cart of " + title_of(scene_.owners[story.cart.owner]));
    }
}

// Of a private owner we know which cart is active: that the caller had, or that was in the way.
void Replay::check_base(const Etag& active, const Call& call) {
    if (call.base && call.is_answered() && *call.base != active) {
        found(Aspect::answers, call, "found " + active.str() + " active, not " + call.base->str());
    }
}

// What was active makes way for the cart that comes back.
void Replay::make_way_for(Text id, Story& story, Story* side, const Call& call) {
    Cart& active = side->cart;
    if (active.owner != story.cart.owner || !has_status(active, "active")) {
        found(Aspect::answers, call, "another cart that made way was not the owner's active one");
    }
    const Content before = story.cart.content;
    const std::string refusal = make_way(active, story.cart, call.operation);
    if (!refusal.empty()) {
        found(Aspect::refusals, call, "had to be refused with " + refusal);
    }
    if (has_status(active, "merged")) {
        active.merged_into = id;
    }
    if (has_status(active, "abandoned")) {
        check_changes(call, active.content, Content());
    } else {
        check_changes(call, before, story.cart.content);
    }
    arrive(*side, &call);
}

bool Replay::make_move(Text id, Story& story, const Call& call) {
    Story* side = side_of(call) == nullptr ? nullptr : waiting_side(call);
    if (side == nullptr && side_of(call) != nullptr) {
        return false;
    }
    if (story.version == 0) {
        story.cart = new_cart(call.owner);
    }
    check_owner(story, call);
    const Applied applied = apply(story.cart, call.operation, scene_.catalogue);
    if (!applied.refusal.empty() || applied.effect == Effect::none) {
        found(Aspect::once, call,
              "had to " + (applied.refusal.empty() ? "change nothing"
                                                   : "be refused with " + applied.refusal));
    }
    const Kind kind = call.operation.kind;
    if (kind == Kind::resume) {
        story.cart.owner = call.owner;
        story.cart.content.user = Text(scene_.owners[call.owner].user);
    }
    const bool comes_back = kind == Kind::resume || kind == Kind::cancel || kind == Kind::restore;
    if (comes_back) {
        check_base(side == nullptr ? Etag()
                                   : Etag{.cart = side_of(call)->at.cart, .version = side->version},
                   call);
    }
    if (side != nullptr && comes_back) {
        make_way_for(id, story, side, call);
    } else if (side != nullptr) {
        found(Aspect::versions, call, "wrote another cart, too");
        arrive(*side, &call);
    }
    return true;
}

}  // namespace cart::torture
