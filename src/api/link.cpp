// cart_link_create, cart_link_open: a cart by mail, for whoever holds the secret.
#include "api/answer.hpp"
#include "api/caller.hpp"
#include "api/join.hpp"
#include "api/named.hpp"
#include "api/once.hpp"
#include "core/error.hpp"
#include "pg/guard.hpp"
#include "store/links.hpp"
#include "store/store.hpp"

namespace cart::api {

namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;
using store::links::LinkHash;

constexpr std::int64_t usual_ttl = 30LL * 24 * 60 * 60;
constexpr std::size_t max_link = 1024;

bool can_be_linked(const store::Cart& cart) {
    return cart.is_active() || cart.status == "abandoned";
}

LinkHash hash_of(std::string_view link) {
    return core::port::sha256(std::as_bytes(std::span(link)));
}

Datum create(pg::Call& call) {
    const store::Store store;
    const Caller caller(call);
    caller.require_application();
    const pg::Uuid id = required_id(call, 0, "cart_id");
    const store::Circumstances now = caller.circumstances();
    const TimestampTz end = end_after(call.seconds(1), usual_ttl, now);
    const std::string_view tenant = caller.tenant();
    // Locked, so that no cart is forgotten while a link to it is made.
    const auto cart = store::carts::lock(tenant, id);
    if (!cart) {
        throw not_found("there is no such cart", id);
    }
    if (!can_be_linked(*cart)) {
        throw wrong_status("only an active or an abandoned cart can be sent", *cart);
    }
    const std::string link = pg::make_secret();
    store::links::create(tenant, hash_of(link), id, end, now);
    pg::JsonbBuilder out;
    out.begin_object();
    out.key("link").text(link);
    out.key("cart_id").uuid(id);
    out.key("expires_at").time(end);
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

Error no_such_link() {
    return {ErrorCode::cart_not_found, "the link leads to no cart",
            Detail().document("cart_id", "null"),
            "It may have been opened already, or have expired."};
}

auto told(const Jsonb* merge) {
    return [merge](pg::JsonbBuilder& out) { out.json(merge); };
}

// One link that is being opened.
class Opening {
  public:
    Opening(const Writing& writing, std::string_view link)
        : writing_(writing), hash_(hash_of(link)) {}

    // The link, if it can be opened.
    [[nodiscard]] std::optional<store::Link> find() const {
        const auto link = store::links::find(writing_.owner.tenant, hash_);
        return is_open(link) ? link : std::nullopt;
    }

    Datum run(const store::Link& link) {
        Join join(writing_.caller, writing_.owner, writing_.rules->strategy, *writing_.rules,
                  writing_.now, writing_.call.memory(), writing_.once.if_match);
        // Each turn that finds the cart changed under its hands begins anew.
        constexpr int most_turns = 1000;
        for (int turn = 0; turn < most_turns; ++turn) {
            const auto cart =
                store::carts::find(writing_.owner.tenant, link.cart_id, pg::Access::write);
            if (!cart || !can_be_linked(*cart)) {
                throw no_such_link();
            }
            if (const auto outcome = join.bring(*cart)) {
                return finish(*outcome);
            }
            pg::guarded([] { CHECK_FOR_INTERRUPTS(); });
        }
        store::carts::give_up();
    }

    // The answer of a repeat under the same key.
    Datum replay(const store::MadeRequest& made) {
        const auto link = store::links::find(writing_.owner.tenant, hash_);
        const auto cart = made.cart_id ? store::carts::find(writing_.owner.tenant, *made.cart_id,
                                                            pg::Access::write)
                                       : std::nullopt;
        const Jsonb* report = link ? link->report : nullptr;
        return answer_merge(writing_.call,
                            cart && belongs_to(*cart, writing_.owner) ? cart : own_cart(), false,
                            told(report == nullptr ? refused("no_cart") : repeated(report)), made);
    }

    // What the key stands for, once it has run.
    [[nodiscard]] const std::optional<store::Cart>& made() const { return made_; }

  private:
    [[nodiscard]] bool is_open(const std::optional<store::Link>& link) const {
        return link && !link->opened_at && link->expires_at > writing_.now.now;
    }

    Datum finish(const JoinOutcome& outcome) {
        // The carts are locked before the link, as by cart_forget. Whoever was second and comes to
        // find it opened gives up what it has done.
        if (!is_open(store::links::lock(writing_.owner.tenant, hash_))) {
            throw no_such_link();
        }
        if (!outcome.joined) {
            return answer_merge(writing_.call, own_cart(), false,
                                told(refused(name_of(outcome.reason))), {});
        }
        const Jsonb* report = report_of(*outcome.joined, writing_.rules->strategy);
        store::links::set_opened(writing_.owner.tenant, hash_, report, writing_.now);
        made_ = outcome.joined->target;
        return answer_merge(writing_.call, made_, true, told(report), {});
    }

    [[nodiscard]] std::optional<store::Cart> own_cart() const {
        return store::carts::find_active(writing_.owner, pg::Access::write);
    }

    static std::string_view name_of(NotJoined reason) {
        switch (reason) {
            case NotJoined::own_cart:
                return "own_cart";
            case NotJoined::currency_mismatch:
                return "currency_mismatch";
            case NotJoined::empty:
                break;
        }
        return "empty_cart";
    }

    static const Jsonb* refused(std::string_view reason) {
        pg::JsonbBuilder out;
        out.begin_object().key("merged").boolean(false).key("reason").text(reason).end_object();
        return out.finish();
    }

    static const Jsonb* repeated(const Jsonb* report) {
        pg::JsonbBuilder out;
        out.begin_object();
        out.members_of(&report->root, [](std::string_view name) { return name == "repeated"; });
        out.key("repeated").boolean(true);
        out.end_object();
        return out.finish();
    }

    const Writing& writing_;
    LinkHash hash_;
    std::optional<store::Cart> made_;
};

Datum open(pg::Call& call) {
    const store::Store store;
    const Writing writing = api::writing(call, 1, 4);
    const auto link = call.text(0);
    if (!link) {
        throw Error(ErrorCode::invalid_parameter, "link must not be NULL",
                    Detail().text("parameter", "link"));
    }
    Opening opening(writing, store::checked_length("link", *link, max_link));
    Begun begun =
        claim(writing.owner, writing.once.idempotency_key,
              Arguments("cart_link_open", writing.once).add(link), *writing.rules, writing.now);
    if (begun.made) {
        return opening.replay(*begun.made);
    }
    const auto found = opening.find();
    if (!found) {
        // It may have been opened by this very call, by a guest whose login is just under way. An
        // open link must not wait for that: its cart may have to be locked first.
        (void)store::carts::lock_active(writing.owner);
    }
    follow_merge(begun, writing);
    if (begun.made) {
        return opening.replay(*begun.made);
    }
    if (!found) {
        throw no_such_link();
    }
    const Datum answer = opening.run(*found);
    complete(writing.owner, begun, opening.made() ? &*opening.made() : nullptr);
    return answer;
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_link_create) { return api::create(call); }
CART_FUNCTION(cart_link_open) { return api::open(call); }
