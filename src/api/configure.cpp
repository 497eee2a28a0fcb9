// cart_configure: the settings of a tenant.
#include "api/caller.hpp"
#include "api/catalog.hpp"
#include "api/resolver.hpp"
#include "pg/function.hpp"
#include "pg/jsonb.hpp"
#include "store/rules.hpp"
#include "store/store.hpp"

namespace cart::api {

namespace {

// The settings with the functions that they name as they are kept: found by the caller's
// search_path, with the caller's rights, and with their schema.
const Jsonb* with_functions(const Jsonb* settings, std::pmr::memory_resource* memory,
                            MemoryContext context) {
    const store::TenantRules rules = store::rules_from(settings, memory);
    const pg::Connection connection;
    pg::JsonbBuilder functions;
    functions.begin_object();
    if (rules.catalog) {
        functions.key("catalog").text(checked_catalog(*rules.catalog));
    }
    if (rules.discount_resolver) {
        functions.key("discount_resolver").text(checked_resolver(*rules.discount_resolver));
    }
    functions.end_object();
    // Not patched(): what lifts a setting must stay.
    pg::JsonbBuilder out;
    out.begin_object();
    const auto nothing_left_out = [](std::string_view) { return false; };
    out.members_of(&settings->root, nothing_left_out);
    out.members_of(&functions.finish()->root, nothing_left_out);
    out.end_object();
    return out.finish(context);
}

Datum configure(pg::Call& call) {
    const Jsonb* settings = with_functions(call.jsonb(0), call.memory(), call.context());
    const store::Store store;
    const Caller caller(call);
    caller.require_application();
    return PointerGetDatum(
        pg::copied(store::configure(caller.tenant(1), settings, call.memory()), call.context()));
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_configure) { return api::configure(call); }
