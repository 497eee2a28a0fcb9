// cart_configure: the settings of a tenant.
#include "api/caller.hpp"
#include "pg/function.hpp"
#include "pg/jsonb.hpp"
#include "store/rules.hpp"
#include "store/store.hpp"

using namespace cart;

CART_FUNCTION(cart_configure) {
    const store::Store store;
    const Jsonb* settings = store::configure(api::tenant_of(call, 1), call.jsonb(0), call.memory());
    return PointerGetDatum(pg::copied(settings, call.context()));
}
