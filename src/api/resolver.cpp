#include "api/resolver.hpp"

#include <set>

#include "api/document.hpp"
#include "core/error.hpp"
#include "pg/outside_function.hpp"

extern "C" {
#include "catalog/pg_type.h"
}

namespace cart::api {

namespace {

pg::OutsideFunction find(std::string_view name) {
    return pg::find_function(name, {TEXTOID, TEXTOID, JSONBOID});
}

core::Error refused(std::string_view code, const char* message, const char* hint) {
    return {core::ErrorCode::code_refused, message, core::Detail().text("code", code), hint};
}

bool is_empty(const Jsonb* discount) {
    return !JB_ROOT_IS_SCALAR(discount) && JB_ROOT_COUNT(discount) == 0;
}

// One discount of the resolver's, with the code that it was given for.
void build_with_code(pg::JsonbBuilder& out, const JsonbContainer* discount, std::string_view code) {
    out.begin_object();
    out.key("code").text(code);
    out.members_of(discount, [](std::string_view) { return false; });
    out.end_object();
}

}  // namespace

const Jsonb* resolve_code(std::string_view tenant, const store::TenantRules& rules,
                          std::string_view code, const Jsonb* document) {
    if (!rules.discount_resolver) {
        throw refused(code, "there is nobody who knows discount codes",
                      "Name the tenant's resolver: "
                      "cart_configure('{\"discount_resolver\": \"schema.function\"}').");
    }
    const pg::Rows rows =
        pg::run_as_owner(find(*rules.discount_resolver), "SELECT ", "($1, $2, $3)::jsonb",
                         {pg::argument(tenant), pg::argument(code), pg::argument(document)});
    const Jsonb* discount = rows.empty() ? nullptr : rows[0].jsonb(1);
    if (discount == nullptr || pg::is_null(discount) || is_empty(discount)) {
        throw refused(code, "the discount code is refused", "");
    }
    pg::JsonbBuilder out;
    if (pg::is_object(discount)) {
        build_with_code(out, &discount->root, code);
        return out.finish();
    }
    if (!pg::is_array(discount)) {
        return discount;  // no discount, which whoever sets it will say
    }
    out.begin_array();
    for (const JsonbContainer* each :
         pg::containers_in(&discount->root, std::pmr::get_default_resource())) {
        if (each == nullptr || !JsonContainerIsObject(each)) {
            return discount;
        }
        build_with_code(out, each, code);
    }
    out.end_array();
    return out.finish();
}

namespace {

// A discount is one of them, or a list. Those of a list that are none were let in by loading.
std::pmr::vector<const JsonbContainer*> discounts_in(const Jsonb* discount,
                                                     std::pmr::memory_resource* memory) {
    if (pg::is_array(discount)) {
        return pg::containers_in(&discount->root, memory);
    }
    return {{&discount->root}, memory};
}

// The code that a discount was given for; empty: none.
std::string code_of(const JsonbContainer* discount, std::pmr::memory_resource* memory) {
    const Jsonb* code = discount == nullptr ? nullptr : pg::member(discount, "code");
    if (code == nullptr) {
        return {};
    }
    pg::JsonbReader reader(code, memory);
    const core::JsonToken token = reader.next();
    return token.event == core::JsonEvent::string ? std::string(token.text) : std::string();
}

const Jsonb* as_list(std::span<const JsonbContainer* const> discounts) {
    pg::JsonbBuilder out;
    out.begin_array();
    for (const JsonbContainer* discount : discounts) {
        discount == nullptr ? out.null() : out.json(discount);
    }
    out.end_array();
    return out.finish();
}

}  // namespace

const Jsonb* renewed_discount(const store::Cart& cart, const store::TenantRules& rules,
                              std::span<const store::StoredLine> lines,
                              std::pmr::memory_resource* memory) {
    if (cart.discount == nullptr || !rules.discount_resolver) {
        return cart.discount;
    }
    const auto discounts = discounts_in(cart.discount, memory);
    std::pmr::vector<const JsonbContainer*> renewed(memory);
    std::set<std::string> codes;
    for (const JsonbContainer* discount : discounts) {
        const std::string code = code_of(discount, memory);
        if (code.empty()) {
            renewed.push_back(discount);
        } else if (codes.insert(code).second) {
            // What the code is worth now takes the place of all that it was worth.
            pg::JsonbBuilder document;
            document.begin_object();
            build_cart(document, cart, lines, pg::Access::write, memory);
            document.end_object();
            const auto given =
                discounts_in(resolve_code(cart.tenant, rules, code, document.finish()), memory);
            renewed.insert(renewed.end(), given.begin(), given.end());
        }
    }
    const Jsonb* list = as_list(renewed);
    if (pg::is_equal(list, as_list(discounts))) {
        return cart.discount;
    }
    return list;
}

std::string checked_resolver(std::string_view name) {
    const pg::OutsideFunction function = find(name);
    pg::check_may_act_as_owner(function);
    pg::check_statement("SELECT " + function.name + "(NULL::text, NULL::text, NULL::jsonb)::jsonb");
    return function.name;
}

}  // namespace cart::api
