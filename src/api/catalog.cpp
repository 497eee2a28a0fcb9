#include "api/catalog.hpp"

#include <map>

#include "api/document.hpp"
#include "core/error.hpp"
#include "pg/guard.hpp"
#include "pg/outside_function.hpp"

extern "C" {
#include "catalog/pg_type.h"
}

namespace cart::api {

namespace {

using core::Action;
using core::Decimal;
using core::Detail;

// What the catalogue says of an item that can be had.
struct Offer {
    Decimal unit_price;
    std::optional<Decimal> tax_rate;
    std::optional<Decimal> max_quantity;
};

constexpr const char* columns =
    "SELECT item_key::uuid, unit_price::numeric, tax_rate::numeric, available::boolean,"
    " max_quantity::numeric FROM ";

pg::OutsideFunction find(std::string_view name) {
    return pg::find_function(name, {TEXTOID, JSONBOID, JSONBOID});
}

const Jsonb* items_of(std::span<const Draft> drafts) {
    pg::JsonbBuilder out;
    out.begin_array();
    for (const Draft& draft : drafts) {
        if (!draft.is_dropped()) {
            out.begin_object().members_of(&draft.row.item->root, core::belongs_to_line);
            out.key("item_key").uuid(draft.row.key.bytes);
            out.key("quantity").number(std::optional(draft.row.quantity));
            out.key("unit_price").number(draft.row.unit_price);
            out.end_object();
        }
    }
    out.end_array();
    return out.finish();
}

const Jsonb* context_of(const store::Cart& cart) {
    pg::JsonbBuilder out;
    out.begin_object();
    build_head(out, cart);
    out.end_object();
    return out.finish();
}

[[noreturn]] void refuse(const std::string& catalog, const pg::Uuid& key, const char* what) {
    pg::raise(ERRCODE_EXTERNAL_ROUTINE_INVOCATION_EXCEPTION, "catalog " + catalog + " gave " + what,
              Detail().text("catalog", catalog).text("item_key", pg::to_string(key)).str(),
              "It must return one row, with a unit_price of 0 or more, for each item that can be "
              "had.");
}

Offer offer_from(const pg::Row& row, const std::string& catalog) {
    const auto price = row.optional_decimal(2);
    if (!price) {
        refuse(catalog, row.uuid(1), "no price for an item");
    }
    Offer offer{.unit_price = *price,
                .tax_rate = row.optional_decimal(3),
                .max_quantity = row.optional_decimal(5)};
    if (price->sign() < 0) {
        refuse(catalog, row.uuid(1), "a negative price for an item");
    }
    if (offer.tax_rate && (offer.tax_rate->sign() < 0 || *offer.tax_rate >= core::most_tax_rate)) {
        refuse(catalog, row.uuid(1), "a tax rate for an item that is none");
    }
    return offer;
}

using Offers = std::map<core::ItemKey, std::optional<Offer>>;

// Each item at most once; those that cannot be had are there, but empty.
Offers ask(const store::Cart& cart, const std::string& catalog, std::span<const Draft> drafts) {
    const pg::Rows rows =
        pg::run_as_owner(find(catalog), columns, "($1, $2, $3)",
                         {pg::argument(cart.tenant), pg::argument(items_of(drafts)),
                          pg::argument(context_of(cart))});
    Offers offers;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        if (row.is_null(1)) {
            continue;  // no item's row
        }
        const bool is_available = row.is_null(4) || row.boolean(4);
        const auto [at, is_new] = offers.try_emplace(
            core::ItemKey{.bytes = row.uuid(1)},
            is_available ? std::optional(offer_from(row, catalog)) : std::nullopt);
        if (!is_new) {
            refuse(catalog, row.uuid(1), "two rows for an item");
        }
    }
    return offers;
}

void mark_repriced(Draft& draft) {
    draft.is_changed = true;
    draft.is_repriced = true;
    if (draft.change.action == Action::kept) {
        draft.change.action = Action::repriced;
    }
}

void set_price(Draft& draft, const Decimal& price) {
    if (draft.row.unit_price == price) {
        return;
    }
    draft.row.unit_price = price;
    draft.change.price_after = price;
    mark_repriced(draft);
}

void set_tax_rate(Draft& draft, const Decimal& rate, std::pmr::memory_resource* memory) {
    if (const Jsonb* had = pg::member(&draft.row.item->root, "tax_rate")) {
        pg::JsonbReader reader(had, memory);
        const core::JsonToken token = reader.next();
        if (token.event == core::JsonEvent::number && Decimal::parse(token.text) == rate) {
            return;
        }
    }
    pg::JsonbBuilder changes;
    changes.begin_object().key("tax_rate").number(std::optional(rate)).end_object();
    pg::JsonbBuilder out;
    out.begin_object();
    out.patched(&draft.row.item->root, &changes.finish()->root,
                [](std::string_view) { return false; });
    out.end_object();
    draft.row.item = out.finish();
    mark_repriced(draft);
}

void clamp(Draft& draft, const Decimal& most) {
    if (draft.row.quantity <= most) {
        return;
    }
    draft.row.quantity = most;
    draft.change.quantity_after = most;
    mark_repriced(draft);
    draft.change.action = Action::clamped;
    draft.change.reason = "catalog_max_quantity";
}

void drop(Draft& draft) {
    draft.change.action = Action::dropped;
    draft.change.quantity_after = 0;
    draft.change.price_after.reset();
    draft.change.reason = "unavailable";
}

core::Error unavailable_item(const Draft& draft) {
    core::Error error(core::ErrorCode::item_unavailable, "the item cannot be had",
                      Detail()
                          .text("item_key", pg::to_string(draft.row.key.bytes))
                          .text("product_id", draft.row.product_id));
    return draft.index ? core::at_index(std::move(error), *draft.index) : error;
}

}  // namespace

void consult_catalog(const store::Cart& cart, const store::TenantRules& rules,
                     std::span<Draft> drafts, Unavailable unavailable,
                     std::pmr::memory_resource* memory) {
    if (!rules.catalog || drafts.empty()) {
        return;
    }
    const Offers offers = ask(cart, *rules.catalog, drafts);
    for (Draft& draft : drafts) {
        if (draft.is_dropped()) {
            continue;
        }
        const auto found = offers.find(draft.row.key);
        const Offer* offer = found != offers.end() && found->second ? &*found->second : nullptr;
        if (offer == nullptr || (offer->max_quantity && offer->max_quantity->sign() <= 0)) {
            if (unavailable == Unavailable::refuse) {
                throw unavailable_item(draft);
            }
            drop(draft);
            continue;
        }
        set_price(draft, offer->unit_price);
        if (offer->tax_rate) {
            set_tax_rate(draft, *offer->tax_rate, memory);
        }
        if (offer->max_quantity) {
            clamp(draft, *offer->max_quantity);
        }
    }
}

std::string checked_catalog(std::string_view name) {
    const pg::OutsideFunction function = find(name);
    pg::check_may_act_as_owner(function);
    pg::check_statement(columns + function.name + "(NULL::text, NULL::jsonb, NULL::jsonb)");
    return function.name;
}

}  // namespace cart::api
