// cart_attach, cart_detach: one active cart for each owner in a table of the application's.
#include "api/relation.hpp"
#include "pg/guard.hpp"
#include "pg/jsonb.hpp"
#include "store/attachments.hpp"

namespace cart::api {

namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;

store::OwnerColumns columns_of(const pg::Call& call) {
    store::OwnerColumns columns{.user = name_argument(call, 1),
                                .session = name_argument(call, 2),
                                .status = name_argument(call, 3),
                                .active = std::string(call.text(4).value_or(""))};
    if (!columns.user && !columns.session) {
        throw Error(ErrorCode::invalid_parameter,
                    "a cart belongs to a user or to a session: name its column",
                    Detail().text("parameter", "user_column"));
    }
    if (columns.status && call.is_null(4)) {
        throw Error(ErrorCode::invalid_parameter, "active_value must not be NULL",
                    Detail().text("parameter", "active_value"));
    }
    return columns;
}

void build_index(pg::JsonbBuilder& out, const std::optional<store::AttachedIndex>& index) {
    if (!index) {
        out.null();
        return;
    }
    out.begin_object();
    out.key("index").text(index->name);
    out.key("unique").boolean(index->is_unique);
    out.key("built").boolean(index->is_built);
    out.end_object();
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_attach) {
    const Oid table = api::required_relation(call, 0);
    const auto attached = store::attach(table, api::columns_of(call), call.function());
    pg::JsonbBuilder out;
    out.begin_object();
    out.key("relation").text(attached.table);
    api::build_index(out.key("user"), attached.of_users);
    api::build_index(out.key("session"), attached.of_sessions);
    out.end_object();
    return PointerGetDatum(out.finish(call.context()));
}

CART_FUNCTION(cart_detach) {
    const std::string table = store::detach(api::required_relation(call, 0));
    pg::JsonbBuilder out;
    out.begin_object().key("relation").text(table).end_object();
    return PointerGetDatum(out.finish(call.context()));
}
