// One active cart for each owner, on tables that cart_attach() was given and, as a second line
// behind the unique indexes, on cart.carts.
#include "pg/rival.hpp"
#include "pg/settings.hpp"
#include "pg/trigger.hpp"

using namespace cart;

CART_QUIET_FUNCTION(cart_one_active) {
    TriggerData* trigger = pg::trigger_data(call);
    if (!pg::settings::loading() || !pg::is_by_owner(trigger)) {
        pg::refuse_rivals(trigger);
    }
    return PointerGetDatum(nullptr);
}
