// cart_merge: on login, the guest's cart goes into the user's.
#include <algorithm>
#include <span>

#include "api/answer.hpp"
#include "api/caller.hpp"
#include "api/document.hpp"
#include "api/join.hpp"
#include "api/lines.hpp"
#include "api/once.hpp"
#include "pg/guard.hpp"
#include "store/merges.hpp"
#include "store/rules.hpp"
#include "store/store.hpp"
#include "watch/counters.hpp"

namespace cart::api {

namespace {

// The outcome: a receipt, or the reason why nothing was merged.
struct Outcome {
    std::optional<store::Receipt> receipt;
    bool is_repeated = false;
    std::string_view reason;
    std::optional<store::Cart> cart;  // the user's active cart, as it stands now

    // Whether this call has merged.
    [[nodiscard]] bool is_made() const { return receipt && !is_repeated; }
};

// Counts the lines of a merge, for whoever watches.
void tell(std::span<const core::LineChange> lines) {
    const auto with = [&](core::Action action) {
        return std::ranges::count(lines, action, &core::LineChange::action);
    };
    const auto dropped = with(core::Action::dropped);
    watch::add(watch::Tally::lines_merged, std::ssize(lines) - dropped);
    watch::add(watch::Tally::lines_clamped, with(core::Action::clamped));
    watch::add(watch::Tally::lines_dropped, dropped);
}

// One merge on its way.
class Merge {
  public:
    Merge(const Caller& caller, const Login& login, core::Strategy strategy,
          const store::TenantRules& rules, const store::Circumstances& now,
          std::pmr::memory_resource* memory)
        : caller_(caller),
          login_(login),
          strategy_(strategy),
          rules_(rules),
          now_(now),
          memory_(memory) {}

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
            Join join(caller_, login_.user, strategy_, rules_, now_, memory_);
            if (const auto outcome = join.bring(*guest)) {
                return outcome->joined ? record(*outcome->joined)
                                       : nothing(name_of(outcome->reason));
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
        watch::add(watch::Tally::merge_nothing, 0);
        return {.receipt = {},
                .reason = reason,
                .cart = store::carts::find_active(login_.user, pg::Access::write)};
    }

    static std::string_view name_of(NotJoined reason) {
        return reason == NotJoined::currency_mismatch ? "currency_mismatch" : "empty_guest_cart";
    }

    Outcome record(const Joined& joined) {
        pg::JsonbBuilder report;
        build_changes(report, joined.changes, digits_of(joined.target));
        Outcome outcome{.receipt = store::Receipt{.source_cart_id = joined.source.id,
                                                  .target_cart_id = joined.target.id,
                                                  .target_version = joined.target.version,
                                                  .strategy = core::name_of(strategy_),
                                                  .lines = report.finish(),
                                                  .undo = joined.undo,
                                                  .session = *login_.guest.session},
                        .reason = {},
                        .cart = joined.target};
        store::merges::record(login_.user, *outcome.receipt, now_);
        tell(joined.changes);
        return outcome;
    }

    const Caller& caller_;
    const Login& login_;
    core::Strategy strategy_;
    const store::TenantRules& rules_;
    const store::Circumstances& now_;
    std::pmr::memory_resource* memory_;
};

void build_merge(pg::JsonbBuilder& out, const Outcome& outcome) {
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
    return answer_merge(
        call, outcome.cart, outcome.is_made(),
        [&](pg::JsonbBuilder& out) { build_merge(out, outcome); }, begun.made);
}

Datum merge_on_login(pg::Call& call) {
    const store::Store store;
    const Caller caller(call);
    const Login login = caller.login(0, 1, 3);
    const auto rules = store::rules_of(login.user.tenant, call.memory());
    const auto named = call.text(2);
    const core::Strategy strategy = named ? core::read_strategy(*named) : rules->strategy;
    const store::Circumstances now = caller.circumstances();
    const auto session = *login.guest.session;
    const auto idempotency_key = call.text(4);
    const auto arguments =
        Arguments("cart_merge", {.idempotency_key = idempotency_key, .if_match = {}})
            .add(core::name_of(strategy))
            .add(std::string_view(reinterpret_cast<const char*>(session.data()), session.size()));
    const Begun begun = claim(login.user, idempotency_key, arguments, *rules, now);
    Merge merge(caller, login, strategy, *rules, now, call.memory());
    if (begun.made) {
        return answer(call, merge.replay(*begun.made), begun);
    }
    const Outcome outcome = merge.run();
    // A login that merged nothing has made nothing.
    complete(login.user, begun, outcome.is_made() ? &*outcome.cart : nullptr);
    return answer(call, outcome, begun);
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_merge) { return api::merge_on_login(call); }
