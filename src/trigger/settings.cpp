// The settings of tenants have been written: who has read them before reads them again.
#include "pg/guard.hpp"
#include "pg/trigger.hpp"

extern "C" {
#include "utils/inval.h"
}

using namespace cart;

CART_QUIET_FUNCTION(cart_settings_changed) {
    const TriggerData* trigger = pg::trigger_data(call);
    pg::guarded([&] { CacheInvalidateRelcache(trigger->tg_relation); });
    return PointerGetDatum(nullptr);
}
