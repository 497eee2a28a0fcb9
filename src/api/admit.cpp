#include "api/admit.hpp"

#include <algorithm>
#include <array>

namespace cart::api {

namespace {

constexpr std::array<std::string_view, 3> reserved = {"unit_price", "tax_rate", "discount"};

bool is_reserved(std::string_view name) {
    return std::ranges::find(reserved, name) != reserved.end();
}

const Jsonb* without_reserved(const JsonbContainer* object) {
    pg::JsonbBuilder out;
    out.begin_object().members_of(object, is_reserved).end_object();
    return out.finish();
}

}  // namespace

const Jsonb* admitted(const Caller& caller, const Jsonb* object) {
    const bool is_clean =
        caller.is_application() || std::ranges::none_of(reserved, [&](std::string_view name) {
            return pg::member(&object->root, name) != nullptr;
        });
    return is_clean ? object : without_reserved(&object->root);
}

IncomingItem admitted(const Caller& caller, IncomingItem item) {
    if (!caller.is_application()) {
        item.line.unit_price.reset();
        item.document = &without_reserved(item.document)->root;
        item.stored = nullptr;
    }
    return item;
}

}  // namespace cart::api
