// cart_sweep: a pass by hand, in the caller's transaction.
#include "api/caller.hpp"
#include "core/error.hpp"
#include "pg/function.hpp"
#include "pg/guard.hpp"
#include "pg/jsonb.hpp"
#include "store/store.hpp"
#include "worker/sweep.hpp"

namespace cart::worker {

namespace {

// Batches are subtransactions, and nothing is waited for but the caller's patience.
class CallersTransaction final : public Ground {
  public:
    std::optional<pg::Failure> attempt(const std::function<void()>& batch) override {
        return pg::in_subtransaction(batch);
    }
    void between_batches(const char* /*doing*/, std::int64_t /*done*/) override {
        pg::guarded([] { CHECK_FOR_INTERRUPTS(); });
    }
    void report(const Blame& blame, const pg::Failure& failure) override {
        warn_of(blame, failure);
    }
};

// The number of carts that a call may deal with; nothing: all.
std::optional<std::int64_t> limit_of(const pg::Call& call) {
    if (call.is_null(0)) {
        return std::nullopt;
    }
    const auto limit = DatumGetInt32(call.datum(0));
    if (limit < 1) {
        throw core::Error(core::ErrorCode::invalid_parameter, "max_carts must be greater than zero",
                          core::Detail().text("parameter", "max_carts").number("found", limit));
    }
    return limit;
}

Datum sweep_by_hand(pg::Call& call) {
    const auto limit = limit_of(call);
    const store::Store store;
    api::Caller(call).require_application();
    pg::RunAs::pin("lock_timeout", lock_timeout);
    CallersTransaction ground;
    const Swept swept = sweep(ground, limit);
    pg::JsonbBuilder out;
    out.begin_object();
    out.key("abandoned").number(static_cast<long long>(swept.abandoned));
    out.key("holds_expired").number(static_cast<long long>(swept.holds_expired));
    out.key("checkouts_returned").number(static_cast<long long>(swept.checkouts_returned));
    out.key("purged").number(static_cast<long long>(swept.purged));
    out.key("requests_purged").number(static_cast<long long>(swept.requests_purged));
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

}  // namespace

}  // namespace cart::worker

using namespace cart;

CART_FUNCTION(cart_sweep) { return worker::sweep_by_hand(call); }
