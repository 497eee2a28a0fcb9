#include "api/items.hpp"

#include "core/error.hpp"
#include "core/recent_items.hpp"
#include "pg/function.hpp"

namespace cart::api {

namespace {

core::MatchOn match_on_argument(pg::Call& call, int place) {
    const auto names = call.texts(place);
    return names ? core::MatchOn(*names) : core::MatchOn();
}

core::ItemKey key_of(pg::Call& call, int place, const core::MatchOn& match_on) {
    return read_item(call.jsonb(place), match_on, call.memory()).facts.key;
}

std::pmr::vector<core::Line> lines_of(const std::pmr::vector<GivenItem>& items) {
    std::pmr::vector<core::Line> lines(items.get_allocator());
    lines.reserve(items.size());
    for (const GivenItem& item : items) {
        lines.push_back(line_of(item));
    }
    return lines;
}

// The array of items that the merged lines make.
Jsonb* build_items(const std::pmr::vector<core::MergedLine>& lines,
                   const std::pmr::vector<GivenItem>& existing,
                   const std::pmr::vector<GivenItem>& incoming) {
    const auto nothing_left_out = [](std::string_view) { return false; };
    pg::JsonbBuilder items;
    items.begin_array();
    for (const core::MergedLine& line : lines) {
        items.begin_object();
        for (const std::size_t layer : line.layers) {
            const GivenItem& item =
                layer < existing.size() ? existing[layer] : incoming[layer - existing.size()];
            items.members_of(item.document, nothing_left_out);
        }
        if (line.layers.size() > 1) {
            items.key("quantity").number(line.quantity);
            if (line.unit_price) {
                items.key("unit_price").number(line.unit_price);
            }
        }
        items.end_object();
    }
    items.end_array();
    return items.finish();
}

}  // namespace

const Jsonb* required(const Jsonb* document, std::string_view parameter) {
    if (document == nullptr) {
        throw core::Error(core::ErrorCode::item_invalid,
                          std::string(parameter) + " must not be NULL",
                          core::Detail().text("parameter", parameter));
    }
    return document;
}

GivenItem read_item(const Jsonb* item, const core::MatchOn& match_on,
                    std::pmr::memory_resource* memory) {
    static core::RecentItems recent;  // of this server process
    const std::string_view bytes = pg::bytes_of(item);
    if (const core::Item* known = recent.find(bytes, match_on)) {
        return {.facts = *known, .document = &item->root};
    }
    pg::JsonbReader reader(item, memory);
    GivenItem given = {.facts = core::read_item(reader, match_on, memory), .document = &item->root};
    recent.keep(bytes, match_on, given.facts);
    return given;
}

std::pmr::vector<GivenItem> read_items(const Jsonb* items, const core::MatchOn& match_on,
                                       std::pmr::memory_resource* memory) {
    pg::JsonbReader reader(items, memory);
    core::JsonToken token = reader.next();
    if (token.event != core::JsonEvent::array_begin) {
        throw core::Error(core::ErrorCode::item_invalid, "items must be a JSON array",
                          core::Detail().text("type", core::name_of(token.event)));
    }
    const auto documents = pg::containers_in(&items->root, memory);
    std::pmr::vector<GivenItem> given(memory);
    given.reserve(documents.size());
    for (const JsonbContainer* document : documents) {
        try {
            token = reader.next();
            given.push_back(
                {.facts = core::read_item(token, reader, match_on, memory), .document = document});
        } catch (core::Error& error) {
            error.add_index(given.size());
            throw;
        }
    }
    return given;
}

core::Line line_of(const GivenItem& item) {
    return {.key = item.facts.key,
            .quantity = item.facts.quantity_or_one(),
            .unit_price = item.facts.unit_price};
}

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_item_key) {
    if (call.is_null(0)) {
        return call.null();
    }
    return pg::to_datum(api::key_of(call, 0, api::match_on_argument(call, 1)).bytes);
}

CART_FUNCTION(cart_items_match) {
    if (call.is_null(0) || call.is_null(1)) {
        return call.null();
    }
    const core::MatchOn match_on = api::match_on_argument(call, 2);
    const Jsonb* first = call.jsonb(0);
    const Jsonb* second = call.jsonb(1);
    // Only objects can be items: what is none is for core to refuse, and differs in no member.
    const auto differing = pg::differing_members(first, second, call.memory());
    pg::JsonbReader a(first, call.memory());
    pg::JsonbReader b(second, call.memory());
    return BoolGetDatum(core::have_same_key(a, b, match_on, differing, call.memory()));
}

CART_FUNCTION(cart_items_merge) {
    if (call.is_null(0) || call.is_null(1)) {
        return call.null();
    }
    const core::MatchOn match_on = api::match_on_argument(call, 3);
    const auto strategy = call.text(2);
    const core::MergeRules rules = {
        .strategy = strategy ? core::read_strategy(*strategy) : core::Strategy::sum,
        .limits = core::Limits::none(),
        .on_limit = core::OnLimit::clamp};
    const auto existing = api::read_items(call.jsonb(0), match_on, call.memory());
    const auto incoming = api::read_items(call.jsonb(1), match_on, call.memory());
    const auto lines =
        core::merge_lines(api::lines_of(existing), api::lines_of(incoming), rules, call.memory());
    return PointerGetDatum(api::build_items(lines, existing, incoming));
}
