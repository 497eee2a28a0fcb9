#include "api/edit.hpp"

#include <algorithm>
#include <array>

#include "api/admit.hpp"
#include "api/catalog.hpp"
#include "api/resolver.hpp"
#include "core/error.hpp"
#include "core/money.hpp"

namespace cart::api {

namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;

bool leave_nothing_out(std::string_view /*name*/) { return false; }

const Jsonb* patched(const Jsonb* item, const Jsonb* changes, pg::JsonbBuilder::Filter left_out) {
    pg::JsonbBuilder out;
    out.begin_object().patched(&item->root, &changes->root, left_out).end_object();
    return out.finish();
}

bool has(const Jsonb* changes, std::string_view name) {
    return changes != nullptr && pg::member(&changes->root, name) != nullptr;
}

bool is_same(const store::StoredLine& before, const store::LineToWrite& after) {
    return before.key == after.key && before.quantity == after.quantity &&
           before.unit_price == after.unit_price && pg::is_equal(before.item, after.item);
}

}  // namespace

Error not_in_cart(const core::ItemKey& key) {
    return {ErrorCode::item_not_in_cart, "the cart has no such line",
            Detail().text("item_key", pg::to_string(key.bytes)),
            "Read the cart again: the line may have been removed, or its identity changed."};
}

void CartEdit::begin_writing() {
    store::carts::raise_version(taken_, writing_.now);
    has_written_ = true;
}

void CartEdit::note(core::LineChange change) {
    product_ids_.emplace_back(change.product_id);
    change.product_id = product_ids_.back();
    changes_.push_back(change);
}

std::optional<LineAnswer> CartEdit::last_line() const {
    return changes_.empty() ? std::nullopt
                            : std::optional(LineAnswer{.key = changes_.back().key,
                                                       .quantity = changes_.back().quantity_after});
}

std::optional<store::StoredLine> CartEdit::find(const core::ItemKey& key) const {
    auto lines = store::items::with_keys(taken_.cart, std::span(&key, 1), memory_);
    return lines.empty() ? std::nullopt : std::optional(std::move(lines.front()));
}

void CartEdit::add(std::span<const GivenItem> items) {
    std::pmr::vector<IncomingItem> all(memory_);
    all.reserve(items.size());
    for (const GivenItem& item : items) {
        all.push_back(admitted(writing_.caller, incoming(item)));
    }
    begin_writing();
    const auto changes =
        bring_in(taken_, all, {.strategy = core::Strategy::sum, .on_limit = core::OnLimit::refuse},
                 *writing_.rules, writing_.now, memory_);
    std::ranges::for_each(changes, [this](const core::LineChange& change) { note(change); });
    taken_.is_new = false;  // it has lines now
}

void CartEdit::take_out(const store::StoredLine& line) {
    begin_writing();
    store::items::remove(taken_.cart, std::span(&line.key, 1));
    note(core::removed(line.key, line.product_id, line.quantity, line.unit_price));
}

void CartEdit::remove(const core::ItemKey& key) {
    if (const auto line = find(key)) {
        take_out(*line);
    }
}

void CartEdit::clear() {
    const auto lines = store::items::all(taken_.cart, pg::Access::write, memory_);
    if (lines.empty() && taken_.cart.discount == nullptr) {
        return;
    }
    begin_writing();
    std::pmr::vector<core::ItemKey> keys(memory_);
    for (const store::StoredLine& line : lines) {
        keys.push_back(line.key);
        note(core::removed(line.key, line.product_id, line.quantity, line.unit_price));
    }
    store::items::remove(taken_.cart, keys);
    set_discount(nullptr);
}

void CartEdit::check_limits(const GivenItem& item) const {
    const core::Limits& limits = writing_.rules->limits;
    if (limits.max_item_bytes && item.facts.bytes > *limits.max_item_bytes) {
        throw item_too_large(item.facts.bytes, *limits.max_item_bytes);
    }
    if (limits.max_quantity && item.facts.quantity_or_one() > *limits.max_quantity) {
        throw Error(ErrorCode::limit_exceeded, "quantity is beyond the limit of a line",
                    Detail()
                        .text("limit", "max_quantity")
                        .json("expected", limits.max_quantity->to_string())
                        .json("found", item.facts.quantity_or_one().to_string()));
    }
}

void CartEdit::update(const LineUpdate& given) {
    LineUpdate update = given;
    if (update.changes != nullptr) {
        update.changes = admitted(writing_.caller, update.changes);
    }
    const auto before = find(update.key);
    if (!before) {
        throw not_in_cart(update.key);
    }
    GivenItem item{.facts = {}, .document = &before->item->root};
    const Jsonb* stored = before->item;
    if (update.changes != nullptr) {
        // Read with all its members, so that a price or a quantity among the changes is checked.
        item = read_item(patched(before->item, update.changes, leave_nothing_out),
                         writing_.rules->match_on, memory_);
        stored = patched(before->item, update.changes, core::belongs_to_line);
        item.document = &stored->root;
    } else {
        item.facts.key = before->key;
        item.facts.product_id = before->product_id;
    }
    if (update.quantity && update.quantity->is_zero()) {
        take_out(*before);
        return;
    }
    item.facts.quantity = update.quantity       ? update.quantity
                          : item.facts.quantity ? item.facts.quantity
                                                : std::optional(before->quantity);
    if (!has(update.changes, "unit_price")) {
        item.facts.unit_price = before->unit_price;
    }
    const bool is_another = item.facts.key != before->key ||
                            std::string_view(item.facts.product_id) != before->product_id;
    if (is_another && !writing_.caller.is_application()) {
        // What the application said of the price, it said of something else.
        item.facts.unit_price.reset();
        stored = admitted(writing_.caller, stored);
        item.document = &stored->root;
    }
    check_limits(item);
    Draft draft{.row = {.key = item.facts.key,
                        .product_id = item.facts.product_id,
                        .quantity = *item.facts.quantity,
                        .unit_price = item.facts.unit_price,
                        .item = stored,
                        .place = before->place},
                .change = {.key = item.facts.key,
                           .product_id = item.facts.product_id,
                           .action = core::Action::replaced,
                           .quantity_before = before->quantity,
                           .quantity_incoming = item.facts.quantity,
                           .quantity_after = *item.facts.quantity,
                           .price_before = before->unit_price,
                           .price_after = item.facts.unit_price}};
    if (draft.row.key != before->key && find(draft.row.key)) {
        // The line now matches another one, and joins it.
        take_out(*before);
        add(std::span(&item, 1));
        return;
    }
    consult_catalog(taken_.cart, *writing_.rules, std::span(&draft, 1), Unavailable::refuse,
                    memory_);
    if (draft.row.key == before->key) {
        rewrite(*before, draft);
    } else {
        move(*before, draft);
    }
}

void CartEdit::rewrite(const store::StoredLine& before, Draft& draft) {
    if (!is_same(before, draft.row)) {
        begin_writing();
        store::items::update(taken_.cart, draft.row, writing_.now);
    } else if (draft.change.action == core::Action::replaced) {
        draft.change.action = core::Action::kept;
    }
    note(draft.change);
}

// The line goes on in its place under its new key.
void CartEdit::move(const store::StoredLine& before, const Draft& draft) {
    begin_writing();
    store::items::replace(taken_.cart, before.key, draft.row, writing_.now);
    note(core::removed(before.key, before.product_id, before.quantity, before.unit_price));
    core::LineChange change = draft.change;
    if (change.action == core::Action::replaced) {
        change.action = core::Action::added;
    }
    change.quantity_before.reset();
    change.price_before.reset();
    note(change);
}

void CartEdit::check_size(const Jsonb* document, const char* message) const {
    pg::JsonbReader reader(document, memory_);
    const std::size_t bytes = core::json_bytes(reader);
    const auto& limit = writing_.rules->limits.max_item_bytes;
    if (limit && bytes > *limit) {
        throw Error(ErrorCode::limit_exceeded, message,
                    Detail()
                        .text("limit", "max_item_bytes")
                        .number("expected", static_cast<long long>(*limit))
                        .number("found", static_cast<long long>(bytes)));
    }
}

void CartEdit::set_discount(const Jsonb* discount) {
    const Jsonb* wanted = discount == nullptr || pg::is_null(discount) ? nullptr : discount;
    if (wanted != nullptr) {
        pg::JsonbReader reader(wanted, memory_);
        const core::JsonToken first = reader.next();
        if (core::read_discounts(first, reader).empty()) {
            wanted = nullptr;  // [] and {} are none
        }
    }
    if (wanted != nullptr) {
        check_size(wanted, "the discount is too large");
    }
    const Jsonb* had = taken_.cart.discount;
    if (had == wanted || (had != nullptr && wanted != nullptr && pg::is_equal(had, wanted))) {
        return;
    }
    begin_writing();
    auto description = store::carts::description_of(taken_.cart);
    description.discount = wanted;
    taken_.cart = store::carts::describe(taken_.cart, description);
}

void CartEdit::apply_code(std::string_view code) {
    pg::JsonbBuilder document;
    document.begin_object();
    build_current(document, taken_.cart, pg::Access::write, memory_);
    document.end_object();
    set_discount(resolve_code(taken_.cart.tenant, *writing_.rules, code, document.finish()));
}

void CartEdit::reprice() {
    std::pmr::vector<Draft> drafts(memory_);
    for (const store::StoredLine& line :
         store::items::all(taken_.cart, pg::Access::write, memory_)) {
        drafts.push_back(standing(line));
    }
    consult_catalog(taken_.cart, *writing_.rules, drafts, Unavailable::drop, memory_);
    std::erase_if(drafts,
                  [](const Draft& draft) { return !draft.is_changed && !draft.is_dropped(); });
    if (drafts.empty()) {
        return;
    }
    begin_writing();
    write(taken_.cart, drafts, 0, writing_.now);
    std::ranges::for_each(drafts, [this](const Draft& draft) { note(draft.change); });
}

namespace {

// A scalar member of cart_set's changes: what it is to be, where it is there at all.
std::optional<std::string> text_of(const Jsonb* value, std::string_view name,
                                   std::pmr::memory_resource* memory) {
    pg::JsonbReader reader(value, memory);
    const core::JsonToken token = reader.next();
    if (token.event == core::JsonEvent::null) {
        return std::nullopt;
    }
    if (token.event != core::JsonEvent::string) {
        throw Error(ErrorCode::invalid_parameter, std::string(name) + " must be a string or null",
                    Detail().text("member", name).text("type", core::name_of(token.event)));
    }
    return std::string(token.text);
}

void check_currency(const std::optional<std::string>& currency) {
    if (currency && !core::is_currency(*currency)) {
        throw Error(ErrorCode::invalid_parameter,
                    "currency must be three capital letters, as in ISO 4217",
                    Detail().text("member", "currency").text("found", *currency));
    }
}

void check_names(const Jsonb* changes) {
    static constexpr std::array<std::string_view, 3> known = {"currency", "label", "metadata"};
    for (const std::string_view name : pg::names_in(&changes->root)) {
        if (std::ranges::find(known, name) == known.end()) {
            throw Error(ErrorCode::invalid_parameter, "cart_set sets no such member",
                        Detail().text("found", name), "It sets currency, label and metadata.");
        }
    }
}

const Jsonb* merged_metadata(const Jsonb* metadata, const Jsonb* changes) {
    pg::JsonbBuilder out;
    out.begin_object();
    if (pg::is_object(changes)) {
        out.patched(&metadata->root, &changes->root, leave_nothing_out);
    } else if (!pg::is_null(changes)) {
        throw Error(ErrorCode::invalid_parameter, "metadata must be an object or null",
                    Detail().text("member", "metadata"));
    }
    out.end_object();
    return out.finish();
}

}  // namespace

void CartEdit::set(const Jsonb* changes) {
    check_names(changes);
    auto description = store::carts::description_of(taken_.cart);
    std::optional<std::string> currency;
    std::optional<std::string> label;
    if (const Jsonb* value = pg::member(&changes->root, "currency")) {
        currency = text_of(value, "currency", memory_);
        check_currency(currency);
        description.currency = currency;
        if (taken_.cart.currency && taken_.cart.currency != description.currency &&
            store::items::extent(taken_.cart).lines > 0) {
            throw Error(ErrorCode::currency_mismatch, "the cart has lines in another currency",
                        Detail()
                            .text("expected", *taken_.cart.currency)
                            .text("found", currency.value_or("null")));
        }
    }
    if (const Jsonb* value = pg::member(&changes->root, "label")) {
        label = text_of(value, "label", memory_);
        if (label) {
            (void)store::checked_length("label", *label, store::max_identifier);
        }
        description.label = label;
    }
    if (const Jsonb* value = pg::member(&changes->root, "metadata")) {
        description.metadata = merged_metadata(taken_.cart.metadata, value);
        check_size(description.metadata, "the cart's metadata is too large");
    }
    if (description.currency == taken_.cart.currency && description.label == taken_.cart.label &&
        pg::is_equal(description.metadata, taken_.cart.metadata)) {
        return;
    }
    begin_writing();
    taken_.cart = store::carts::describe(taken_.cart, description);
}

}  // namespace cart::api
