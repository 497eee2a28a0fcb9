#include "api/join.hpp"

#include <algorithm>
#include <iterator>

#include "api/admit.hpp"
#include "api/answer.hpp"
#include "api/catalog.hpp"
#include "api/document.hpp"
#include "api/lines.hpp"
#include "api/named.hpp"
#include "api/once.hpp"
#include "store/owner_lock.hpp"

namespace cart::api {

namespace {

using store::carts::Taken;

bool is_as_found(const std::optional<store::Cart>& cart, const store::Cart& found) {
    return cart && cart->status == found.status && belongs_to(*cart, owner_of_cart(found));
}

// In order.
std::pmr::vector<core::ItemKey> keys_of(std::span<const store::StoredLine> lines,
                                        std::pmr::memory_resource* memory) {
    std::pmr::vector<core::ItemKey> keys(memory);
    std::ranges::transform(lines, std::back_inserter(keys), &store::StoredLine::key);
    std::ranges::sort(keys);
    return keys;
}

// Those of the lines that one of the keys means. The keys are in order.
std::pmr::vector<store::StoredLine> with_keys(std::span<const store::StoredLine> lines,
                                              std::span<const core::ItemKey> keys,
                                              std::pmr::memory_resource* memory) {
    std::pmr::vector<store::StoredLine> found(memory);
    std::ranges::copy_if(lines, std::back_inserter(found), [&](const store::StoredLine& line) {
        return std::ranges::binary_search(keys, line.key);
    });
    return found;
}

// How the target stands before a merge touches these lines of it: what unmerge() in unmerge.cpp
// restores.
const Jsonb* undo_of(const store::Cart& target, std::span<const store::StoredLine> touched) {
    pg::JsonbBuilder out;
    out.begin_object();
    store::items::build_backup(out.key("lines"), touched);
    out.key("currency").text(target.currency);
    out.key("discount").json(target.discount);
    out.key("metadata").json(target.metadata);
    out.end_object();
    return out.finish();
}

JoinOutcome nothing(NotJoined reason) { return {.joined = {}, .reason = reason}; }

}  // namespace

std::optional<JoinOutcome> Join::bring(const store::Cart& found) {
    const store::OwnerLocks locks = store::lock_owners(owner_, owner_of_cart(found));
    // What was found may have changed before. From now on it cannot, by any call.
    if (!is_as_found(store::carts::find_again(found, pg::Access::write), found)) {
        store::unlock(locks);  // its new owner may come before the caller
        return std::nullopt;
    }
    const auto target = store::carts::lock_active(owner_);
    // An empty cart holds the owner's place: whoever adds meanwhile waits for this transaction,
    // and no unique index can fail.
    const auto place = target ? std::nullopt : store::carts::create_active(owner_, now_);
    if (!target && !place) {
        return std::nullopt;
    }
    check_etag(target ? &*target : nullptr, if_match_);
    const auto source = store::carts::lock_again(found);
    if (place) {
        store::carts::discard(*place);
    }
    if (!is_as_found(source, found)) {
        return std::nullopt;
    }
    return target ? into(*target, *source) : as_first(*source);
}

JoinOutcome Join::into(const store::Cart& target, const store::Cart& source) {
    if (source.id == target.id) {
        return nothing(NotJoined::own_cart);
    }
    if (source.currency && target.currency && source.currency != target.currency) {
        return nothing(NotJoined::currency_mismatch);
    }
    const auto lines = store::items::all(source, pg::Access::write, memory_);
    if (lines.empty()) {
        return nothing(NotJoined::empty);
    }
    std::pmr::vector<IncomingItem> items(memory_);
    items.reserve(lines.size());
    for (const store::StoredLine& line : lines) {
        items.push_back(admitted(caller_, incoming(line)));
    }
    const auto standing = store::items::all(target, pg::Access::write, memory_);
    const auto touched = with_keys(standing, keys_of(lines, memory_), memory_);
    const Jsonb* undo = undo_of(target, touched);
    // First what describes the cart: the catalogue is asked for prices in its currency.
    const Taken taken{.cart = store::carts::inherit(store::carts::change(target, now_), source),
                      .is_changed = true};
    auto changes = bring_in(
        taken, items,
        {.strategy = strategy_,
         .on_limit = core::OnLimit::clamp,
         .standing = Standing{.matching = touched, .extent = store::items::extent_of(standing)}},
        rules_, now_, memory_);
    store::carts::set_merged(source, target.id, now_);
    return {.joined = Joined{.source = source,
                             .target = store::carts::as_written(taken.cart),
                             .changes = std::move(changes),
                             .undo = undo}};
}

// A line of the source as a line that the owner has got.
Draft Join::draft_of(const store::StoredLine& line) const {
    Draft draft = standing(line);
    draft.change.action = core::Action::added;
    draft.change.quantity_before.reset();
    draft.change.quantity_incoming = line.quantity;
    draft.change.price_before.reset();
    draft.row.item = admitted(caller_, line.item);
    if (!caller_.is_application()) {
        draft.row.unit_price.reset();
        draft.change.price_after.reset();
    }
    draft.is_changed = draft.row.item != line.item || draft.row.unit_price != line.unit_price;
    return draft;
}

JoinOutcome Join::as_first(const store::Cart& source) {
    const auto lines = store::items::all(source, pg::Access::write, memory_);
    if (lines.empty()) {
        return nothing(NotJoined::empty);
    }
    // The catalogue, or what a shopper may not say, changes what the owner gets; then undoing needs
    // what was there.
    const bool may_change = rules_.catalog || !caller_.is_application();
    const Jsonb* undo = may_change ? undo_of(source, lines) : nullptr;
    const store::Cart cart = store::carts::activate(source, owner_, now_);
    std::pmr::vector<Draft> drafts(memory_);
    std::ranges::transform(lines, std::back_inserter(drafts),
                           [this](const auto& line) { return draft_of(line); });
    consult_catalog(cart, rules_, drafts, Unavailable::drop, memory_);
    write(cart, drafts, 0, now_);
    std::pmr::vector<core::LineChange> changes(memory_);
    std::ranges::transform(drafts, std::back_inserter(changes), &Draft::change);
    return {.joined = Joined{
                .source = cart, .target = cart, .changes = std::move(changes), .undo = undo}};
}

const Jsonb* report_of(const Joined& joined, core::Strategy strategy) {
    pg::JsonbBuilder out;
    out.begin_object();
    out.key("merged").boolean(true);
    out.key("repeated").boolean(false);
    out.key("strategy").text(core::name_of(strategy));
    out.key("source_cart_id").uuid(joined.source.id);
    out.key("target_cart_id").uuid(joined.target.id);
    build_changes(out.key("lines"), joined.changes, digits_of(joined.target));
    out.end_object();
    return out.finish();
}

}  // namespace cart::api
