// cart_merge: on login, the guest's cart goes into the user's.
#include <algorithm>
#include <iterator>

#include "api/answer.hpp"
#include "api/caller.hpp"
#include "api/catalog.hpp"
#include "api/document.hpp"
#include "api/lines.hpp"
#include "api/once.hpp"
#include "pg/guard.hpp"
#include "store/merges.hpp"
#include "store/rules.hpp"
#include "store/store.hpp"

namespace cart::api {

namespace {

using store::carts::Taken;

// The outcome: a receipt, or the reason why nothing was merged.
struct Outcome {
    std::optional<store::Receipt> receipt;
    bool is_repeated = false;
    std::string_view reason;
    std::optional<store::Cart> cart;  // the user's active cart, as it stands now
};

// How the target stands before these lines come into it: what unmerge() in unmerge.cpp restores.
const Jsonb* undo_of(const store::Cart& target, std::span<const core::ItemKey> keys) {
    pg::JsonbBuilder out;
    out.begin_object();
    out.key("lines").json(store::items::backup(target, keys));
    out.key("currency").text(target.currency);
    out.key("discount").json(target.discount);
    out.key("metadata").json(target.metadata);
    out.end_object();
    return out.finish();
}

// One merge on its way.
class Merge {
  public:
    Merge(const Login& login, core::Strategy strategy, const store::TenantRules& rules,
          const store::Circumstances& now, std::pmr::memory_resource* memory)
        : login_(login), strategy_(strategy), rules_(rules), now_(now), memory_(memory) {}

    // Finds both carts, locks them and merges. Each turn that finds them changed under its hands
    // begins anew; somebody else has got on with it then.
    Outcome run() {
        // Only a trigger of the application's that swallows new rows could make this go on.
        constexpr int most_turns = 1000;
        for (int turn = 0; turn < most_turns; ++turn) {
            const auto guest = store::carts::find_active(login_.guest, pg::Access::write);
            if (!guest) {
                return repeat();
            }
            const auto user = store::carts::find_active(login_.user, pg::Access::write);
            const auto outcome = user ? into(*guest, *user) : as_first(*guest);
            if (outcome) {
                return *outcome;
            }
            pg::guarded([] { CHECK_FOR_INTERRUPTS(); });
        }
        store::carts::give_up();
    }

    // What a repeat under the same key answers: the receipt of just that merge, or why there is
    // none.
    Outcome replay(const store::MadeRequest& made) {
        Outcome outcome = nothing("no_guest_cart");
        if (made.cart_id && made.version) {
            outcome.receipt = store::merges::made(login_.user, *made.cart_id, *made.version);
            outcome.is_repeated = true;
            outcome.reason = "unmerged";
        } else if (const auto guest = store::carts::find_active(login_.guest, pg::Access::write)) {
            outcome.reason =
                store::items::extent(*guest).lines == 0 ? "empty_guest_cart" : "currency_mismatch";
        }
        return outcome;
    }

    // What the last merge of this session into this user's cart did, if there was one.
    Outcome repeat() {
        Outcome outcome = nothing("no_guest_cart");
        outcome.receipt = store::merges::last(login_.user, *login_.guest.session);
        outcome.is_repeated = true;
        return outcome;
    }

  private:
    Outcome nothing(std::string_view reason) {
        return {.receipt = {},
                .reason = reason,
                .cart = store::carts::find_active(login_.user, pg::Access::write)};
    }

    // Merges the guest's cart into the user's. Nothing if one of them is no longer active.
    std::optional<Outcome> into(const store::Cart& guest, const store::Cart& user) {
        // The user's side first, as in as_first(): two merges never wait in a circle.
        const auto target = lock_owned(user, login_.user);
        if (!target) {
            return std::nullopt;
        }
        const auto source = lock_owned(guest, login_.guest);
        if (!source) {
            return std::nullopt;
        }
        if (source->currency && target->currency && source->currency != target->currency) {
            return nothing("currency_mismatch");
        }
        const auto lines = store::items::all(*source, pg::Access::write, memory_);
        if (lines.empty()) {
            return nothing("empty_guest_cart");
        }
        return merge(*source, *target, lines);
    }

    // The cart locked, if it still is that owner's active one.
    static std::optional<store::Cart> lock_owned(const store::Cart& cart,
                                                 const store::Owner& owner) {
        auto locked = store::carts::lock(owner.tenant, cart.id);
        return locked && locked->is_active() && belongs_to(*locked, owner) ? locked : std::nullopt;
    }

    Outcome merge(const store::Cart& source, const store::Cart& target,
                  std::span<const store::StoredLine> lines) {
        std::pmr::vector<IncomingItem> items(memory_);
        items.reserve(lines.size());
        for (const store::StoredLine& line : lines) {
            items.push_back(incoming(line));
        }
        const Jsonb* undo = undo_of(target, keys_of(lines));
        // First what describes the cart: the catalogue is asked for prices in its currency.
        Taken taken{.cart = store::carts::inherit(store::carts::change(target, now_), source),
                    .is_changed = true};
        const auto changes =
            bring_in(taken, items, {.strategy = strategy_, .on_limit = core::OnLimit::clamp},
                     rules_, now_, memory_);
        store::carts::set_merged(source, target.id, now_);
        return record(source, store::carts::as_written(taken.cart), changes, undo);
    }

    // The user has no cart yet, and gets the guest's. Making an empty one first holds the user's
    // place: whoever adds meanwhile waits for this transaction, and no unique index can fail.
    // Nothing if the user has a cart by now.
    std::optional<Outcome> as_first(const store::Cart& guest) {
        const auto placeholder = store::carts::create_active(login_.user, now_);
        if (!placeholder) {
            return std::nullopt;
        }
        const auto source = lock_owned(guest, login_.guest);
        store::carts::discard(*placeholder);
        if (!source) {
            return std::nullopt;
        }
        const auto lines = store::items::all(*source, pg::Access::write, memory_);
        if (lines.empty()) {
            return nothing("empty_guest_cart");
        }
        // The catalogue may change what the user gets; then undoing needs what was there.
        const Jsonb* undo = rules_.catalog ? undo_of(*source, keys_of(lines)) : nullptr;
        const store::Cart adopted = store::carts::adopt(*source, login_.user, now_);
        std::pmr::vector<Draft> drafts(memory_);
        std::ranges::transform(lines, std::back_inserter(drafts), draft_of);
        consult_catalog(adopted, rules_, drafts, Unavailable::drop, memory_);
        write(adopted, drafts, 0, now_);
        std::pmr::vector<core::LineChange> changes(memory_);
        std::ranges::transform(drafts, std::back_inserter(changes), &Draft::change);
        return record(adopted, adopted, changes, undo);
    }

    // A line of the guest's as a line that the user has got.
    static Draft draft_of(const store::StoredLine& line) {
        Draft draft = standing(line);
        draft.change.action = core::Action::added;
        draft.change.quantity_before.reset();
        draft.change.quantity_incoming = line.quantity;
        draft.change.price_before.reset();
        return draft;
    }

    [[nodiscard]] std::pmr::vector<core::ItemKey> keys_of(
        std::span<const store::StoredLine> lines) const {
        std::pmr::vector<core::ItemKey> keys(memory_);
        std::ranges::transform(lines, std::back_inserter(keys), &store::StoredLine::key);
        return keys;
    }

    Outcome record(const store::Cart& source, const store::Cart& target,
                   std::span<const core::LineChange> changes, const Jsonb* undo) {
        pg::JsonbBuilder report;
        build_changes(report, changes, digits_of(target));
        Outcome outcome{.receipt = store::Receipt{.source_cart_id = source.id,
                                                  .target_cart_id = target.id,
                                                  .target_version = target.version,
                                                  .strategy = core::name_of(strategy_),
                                                  .lines = report.finish(),
                                                  .undo = undo,
                                                  .session = *login_.guest.session},
                        .reason = {},
                        .cart = target};
        store::merges::record(login_.user, *outcome.receipt, now_);
        return outcome;
    }

    const Login& login_;
    core::Strategy strategy_;
    const store::TenantRules& rules_;
    const store::Circumstances& now_;
    std::pmr::memory_resource* memory_;
};

void build_outcome(pg::JsonbBuilder& out, const Outcome& outcome) {
    out.begin_object();
    out.key("merged").boolean(outcome.receipt.has_value());
    if (outcome.receipt) {
        out.key("repeated").boolean(outcome.is_repeated);
        out.key("strategy").text(outcome.receipt->strategy);
        out.key("source_cart_id").uuid(outcome.receipt->source_cart_id);
        out.key("target_cart_id").uuid(outcome.receipt->target_cart_id);
        out.key("lines").json(outcome.receipt->lines);
    } else {
        out.key("reason").text(outcome.reason);
    }
    out.end_object();
}

Datum answer(pg::Call& call, const Outcome& outcome, const Begun& begun) {
    // Read again, since where nothing was merged nothing is locked.
    const pg::FreshSnapshot snapshot;
    const auto cart = outcome.cart ? store::carts::find(outcome.cart->tenant, outcome.cart->id,
                                                        pg::Access::snapshot)
                                   : std::nullopt;
    pg::JsonbBuilder out;
    out.begin_object();
    out.key("cart");
    if (!cart) {
        out.null();
    } else {
        out.begin_object();
        build_shown(out, *cart, pg::Access::snapshot, call.memory());
        out.end_object();
    }
    out.key("merge");
    build_outcome(out, outcome);
    if (begun.made) {
        build_replayed(out, *begun.made);
    }
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

Datum merge_on_login(pg::Call& call) {
    const store::Store store;
    const Login login = login_of(call, 0, 1, 3);
    const auto rules = store::rules_of(login.user.tenant, call.memory());
    const auto named = call.text(2);
    const core::Strategy strategy = named ? core::read_strategy(*named) : rules->strategy;
    const store::Circumstances now = store::circumstances();
    const auto session = *login.guest.session;
    const auto arguments =
        Arguments("cart_merge")
            .add(core::name_of(strategy))
            .add(std::string_view(reinterpret_cast<const char*>(session.data()), session.size()));
    const Begun begun = claim(login.user, call.text(4), arguments, *rules, now);
    Merge merge(login, strategy, *rules, now, call.memory());
    if (begun.made) {
        return answer(call, merge.replay(*begun.made), begun);
    }
    const Outcome outcome = merge.run();
    // A login that merged nothing has made nothing.
    complete(login.user, begun,
             outcome.receipt && outcome.cart && !outcome.is_repeated ? &*outcome.cart : nullptr);
    return answer(call, outcome, begun);
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_merge) { return api::merge_on_login(call); }
