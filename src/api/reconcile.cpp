// cart_reconcile, cart_reconcile_all: mending carts that rules, or their absence, have left amiss.
#include "api/answer.hpp"
#include "api/mend.hpp"
#include "api/once.hpp"
#include "core/error.hpp"
#include "store/amiss.hpp"
#include "store/owner_lock.hpp"
#include "store/store.hpp"
#include "watch/counters.hpp"

namespace cart::api {

namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;

void build_sums(pg::JsonbBuilder& out, const Mended& mended) {
    out.key("changed").boolean(mended.is_changed());
    out.key("carts_merged").number(mended.carts_merged);
    out.key("lines_merged").number(mended.lines_merged);
    out.key("lines_rekeyed").number(mended.lines_rekeyed);
    out.key("lines_repriced").number(mended.lines_repriced);
    out.key("lines_dropped").number(mended.lines_dropped);
}

// Counts what was amiss with an owner's carts, for whoever watches.
void tell(const Mended& mended) {
    using watch::Tally;
    watch::add(Tally::reconciled_carts_merged, mended.carts_merged);
    watch::add(Tally::reconciled_lines_merged, mended.lines_merged);
    watch::add(Tally::reconciled_lines_rekeyed, mended.lines_rekeyed);
    watch::add(Tally::reconciled_lines_repriced, mended.lines_repriced);
    watch::add(Tally::reconciled_lines_dropped, mended.lines_dropped);
}

Datum answer(pg::Call& call, const std::optional<store::Cart>& cart, const Mended& mended,
             const std::optional<store::MadeRequest>& made) {
    pg::JsonbBuilder out;
    out.begin_object();
    out.key("cart");
    if (cart) {
        out.begin_object();
        // A repeat has locked nothing: cart and lines by the one snapshot that its caller took.
        build_changed(out, *cart, made ? pg::Access::snapshot : pg::Access::write, mended.changes,
                      call.memory());
        out.end_object();
    } else {
        out.null();
    }
    out.key("reconcile").begin_object();
    build_sums(out, mended);
    out.end_object();
    if (made) {
        build_replayed(out, *made);
    }
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

Datum repeat(const Writing& writing, const store::MadeRequest& made) {
    const pg::FreshSnapshot snapshot;
    return answer(writing.call, store::carts::find_active(writing.owner, pg::Access::snapshot),
                  Mended(writing.call.memory()), made);
}

Datum reconcile(pg::Call& call) {
    const store::Store store;
    const Writing writing = api::writing(call, 0, 3);
    Begun begun = claim(writing.owner, writing.once.idempotency_key,
                        Arguments("cart_reconcile", writing.once), *writing.rules, writing.now);
    Mended mended(call.memory());
    if (begun.made) {
        return repeat(writing, *begun.made);
    }
    store::lock_owner(writing.owner);  // not for every owner of reconcile_all(): locks are few
    auto carts = store::carts::lock_all_active(writing.owner);
    follow_merge(begun, writing);
    if (begun.made) {
        return repeat(writing, *begun.made);
    }
    check_etag(carts.empty() ? nullptr : &carts.front(), writing.once.if_match);
    const auto cart = mend(std::move(carts), *writing.rules, writing.now, mended);
    tell(mended);
    complete(writing.owner, begun, cart ? &*cart : nullptr);
    return answer(call, cart, mended, std::nullopt);
}

// The number of owners that a call may mend; nothing: all.
std::optional<std::int64_t> limit_of(const pg::Call& call) {
    if (call.is_null(0)) {
        return std::nullopt;
    }
    const auto limit = DatumGetInt32(call.datum(0));
    if (limit < 1) {
        throw Error(ErrorCode::invalid_parameter, "max_owners must be greater than zero",
                    Detail().text("parameter", "max_owners").number("found", limit));
    }
    return limit;
}

// Mends the owners of a tenant, at most `left` of them. Those of users first, then those of guests,
// each in the order of their names: as a merge locks them, and as another reconciliation does.
std::int64_t reconcile_tenant(std::string_view tenant, std::optional<std::int64_t>& left,
                              Mended& sums, const store::Circumstances& now,
                              std::pmr::memory_resource* memory) {
    const auto rules = store::rules_of(tenant, memory);
    std::int64_t owners = 0;
    for (const store::OwnerName& name : store::owners_amiss(tenant, *rules, left)) {
        const pg::Connection round;  // frees what the round has used
        Mended mended(std::pmr::get_default_resource());
        (void)mend(store::carts::lock_all_active(name.owner(tenant)), *rules, now, mended);
        tell(mended);
        sums.add(mended);
        owners += mended.is_changed() ? 1 : 0;  // another one may have been faster
    }
    if (left) {
        *left -= owners;
    }
    return owners;
}

Datum reconcile_all(pg::Call& call) {
    auto left = limit_of(call);
    const store::Store store;
    const Caller caller(call);
    caller.require_application();
    const auto named = call.text(1);
    const auto tenants =
        named ? std::vector{std::string(store::identifier("tenant_id", *named))} : store::tenants();
    Mended sums(call.memory());
    std::int64_t owners = 0;
    for (const std::string& tenant : tenants) {
        if (!left || *left > 0) {
            owners += reconcile_tenant(tenant, left, sums, caller.circumstances(), call.memory());
        }
    }
    pg::JsonbBuilder out;
    out.begin_object();
    out.key("owners").number(static_cast<long long>(owners));
    build_sums(out, sums);
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_reconcile) { return api::reconcile(call); }
CART_FUNCTION(cart_reconcile_all) { return api::reconcile_all(call); }
