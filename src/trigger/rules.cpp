#include "pg/function.hpp"

extern "C" {
#include "commands/trigger.h"
}

static Datum same(cart::pg::Call& call) {
    const auto* data = reinterpret_cast<TriggerData*>(call.info()->context);
    return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newtuple : data->tg_trigtuple);
}

CART_FUNCTION(cart_carts_rules) { return same(call); }
CART_FUNCTION(cart_items_rules) { return same(call); }
