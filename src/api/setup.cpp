// cart_setup: making, checking, repairing and upgrading the tables.
#include "store/setup.hpp"

#include "pg/function.hpp"
#include "pg/guard.hpp"
#include "pg/jsonb.hpp"
#include "store/layout.hpp"

using namespace cart;

CART_FUNCTION(cart_setup) {
    const Oid owner = call.oid(0).value_or(GetUserId());
    const store::Setup setup = store::set_up(owner, call.function());
    pg::JsonbBuilder out;
    out.begin_object();
    out.key("schema").text("cart");
    out.key("owner").text(
        pg::guarded([&] { return const_cast<const char*>(GetUserNameFromId(owner, false)); }));
    out.key("layout").number(static_cast<long long>(store::layout_version));
    out.key("changes").begin_array();
    for (const std::string& change : setup.changes) {
        out.text(change);
    }
    out.end_array().end_object();
    return PointerGetDatum(out.finish(call.context()));
}
