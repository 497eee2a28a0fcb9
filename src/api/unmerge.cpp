// cart_unmerge: undoing a merge, while nothing has happened since.
#include <algorithm>
#include <iterator>

#include "api/answer.hpp"
#include "api/caller.hpp"
#include "api/document.hpp"
#include "api/named.hpp"
#include "core/error.hpp"
#include "pg/guard.hpp"
#include "store/merges.hpp"
#include "store/store.hpp"

namespace cart::api {

namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;
using store::Receipt;

Error no_such_merge(const pg::Uuid& source) {
    return {ErrorCode::cart_not_found, "no such cart has been merged",
            Detail().text("cart_id", pg::to_string(source))};
}

std::string etag_of_merge(const Receipt& receipt) {
    return pg::to_string(receipt.target_cart_id) + ":" + std::to_string(receipt.target_version);
}

Error changed_since(const Receipt& receipt, const std::string& found) {
    return {ErrorCode::version_conflict, "the cart has changed since the merge",
            Detail().text("expected", etag_of_merge(receipt)).text("found", found),
            "A merge can be undone only while nothing has happened to the cart since."};
}

// How many lines of the source's identities the merge left in the target.
std::size_t lines_left_by(const Receipt& receipt) {
    const auto entries = pg::containers_in(&receipt.lines->root, std::pmr::get_default_resource());
    return static_cast<std::size_t>(std::ranges::count_if(entries, [](const auto* entry) {
        const Jsonb* after = pg::member(entry, "quantity_after");
        pg::JsonbReader reader(after, std::pmr::get_default_resource());
        return reader.next().text != "0";
    }));
}

// The target as the merge left it, locked.
store::Cart lock_target(std::string_view tenant, const Receipt& receipt) {
    const auto target = store::carts::lock(tenant, receipt.target_cart_id);
    const std::string expected = etag_of_merge(receipt);
    const std::string found = target ? etag_of(*target) : std::string(no_etag);
    if (found != expected || !target->is_active()) {
        throw changed_since(receipt, found);
    }
    return *target;
}

// The session's place must be free. The unique index holds it for those who come meanwhile.
void check_session_is_free(std::string_view tenant, const Receipt& receipt) {
    const store::Owner guest{.tenant = tenant, .user = {}, .session = receipt.session, .till = {}};
    if (const auto newer = store::carts::find_active(guest, pg::Access::write)) {
        pg::raise(ERRCODE_UNIQUE_VIOLATION, "the guest session has another active cart",
                  Detail().text("cart_id", pg::to_string(newer->id)).str());
    }
}

const Jsonb* undo_member(const Receipt& receipt, std::string_view name) {
    const Jsonb* value = pg::member(&receipt.undo->root, name);
    return value == nullptr || pg::is_null(value) ? nullptr : value;
}

void restore_description(store::Cart& target, const Receipt& receipt) {
    auto description = store::carts::description_of(target);
    if (undo_member(receipt, "currency") == nullptr) {
        description.currency.reset();  // it had come from the source
    }
    description.discount = undo_member(receipt, "discount");
    if (const Jsonb* metadata = undo_member(receipt, "metadata")) {
        description.metadata = metadata;
    }
    target = store::carts::describe(target, description);
}

// What became of the lines that the merge had brought or changed.
std::pmr::vector<core::LineChange> compare(std::span<const store::StoredLine> before,
                                           std::span<const store::StoredLine> after,
                                           std::pmr::memory_resource* memory) {
    std::pmr::vector<core::LineChange> changes(memory);
    for (const store::StoredLine& line : before) {
        auto change = core::removed(line.key, line.product_id, line.quantity, line.unit_price);
        const auto now = std::ranges::find(after, line.key, &store::StoredLine::key);
        if (now != after.end()) {
            change.action = core::Action::replaced;
            change.quantity_after = now->quantity;
            change.price_after = now->unit_price;
        }
        changes.push_back(change);
    }
    for (const store::StoredLine& line : after) {
        if (std::ranges::find(before, line.key, &store::StoredLine::key) == before.end()) {
            changes.push_back({.key = line.key,
                               .product_id = line.product_id,
                               .action = core::Action::added,
                               .quantity_after = line.quantity,
                               .price_after = line.unit_price});
        }
    }
    return changes;
}

// Takes the source's lines out of the target, which is locked, and gives the session its cart back.
Datum separate(pg::Call& call, const store::Cart& target, const Receipt& receipt,
               const store::Circumstances& now) {
    const auto source = store::carts::lock(target.tenant, receipt.source_cart_id);
    if (!source || source->status != "merged" || source->merged_into != target.id) {
        throw no_such_merge(receipt.source_cart_id);
    }
    std::pmr::vector<core::ItemKey> keys(call.memory());
    std::ranges::transform(store::items::all(*source, pg::Access::write, call.memory()),
                           std::back_inserter(keys), &store::StoredLine::key);
    store::Cart changed = store::carts::change(target, now);
    const auto before = store::items::with_keys(changed, keys, call.memory());
    if (before.size() != lines_left_by(receipt)) {
        throw changed_since(receipt, etag_of(target));  // by loading, which raises no version
    }
    store::items::remove(changed, keys);
    store::items::restore(changed, undo_member(receipt, "lines"));
    const auto after = store::items::with_keys(changed, keys, call.memory());
    restore_description(changed, receipt);
    (void)store::carts::give_back(*source, receipt.session, now);
    return answer(call, changed, compare(before, after, call.memory()));
}

// The user had got the guest's cart whole. Its lines are as they were, unless the catalogue had its
// say.
Datum give_back_whole(pg::Call& call, const store::Cart& target, const Receipt& receipt,
                      const store::Circumstances& now) {
    const store::Cart cart = store::carts::give_back(target, receipt.session, now);
    if (receipt.undo == nullptr) {
        return answer(call, cart, {});
    }
    const auto before = store::items::all(cart, pg::Access::write, call.memory());
    std::pmr::vector<core::ItemKey> keys(call.memory());
    std::ranges::transform(before, std::back_inserter(keys), &store::StoredLine::key);
    store::items::remove(cart, keys);
    store::items::restore(cart, undo_member(receipt, "lines"));
    const auto after = store::items::all(cart, pg::Access::write, call.memory());
    return answer(call, cart, compare(before, after, call.memory()));
}

// Whether the parameters …who, where they are given, name one of the merge's sides.
bool is_meant(const pg::Call& call, const store::Cart& target, const Receipt& receipt) {
    const auto user = call.text(1);
    const auto session = call.text(2);
    return (!user || target.user == user) &&
           (!session || hash_of_token(*session) == receipt.session);
}

Datum unmerge(pg::Call& call) {
    const store::Store store;
    const Caller caller(call);
    caller.require_application();
    const std::string_view tenant = caller.tenant(3);
    const pg::Uuid source = required_id(call, 0, "source_cart_id");
    const auto receipt = store::merges::of_source(tenant, source);
    const auto seen = receipt
                          ? store::carts::find(tenant, receipt->target_cart_id, pg::Access::write)
                          : std::nullopt;
    if (!seen || !is_meant(call, *seen, *receipt)) {
        throw no_such_merge(source);
    }
    const store::Cart target = lock_target(tenant, *receipt);
    check_session_is_free(tenant, *receipt);
    const store::Circumstances now = caller.circumstances();
    store::merges::forget(tenant, source);
    if (receipt->source_cart_id == target.id) {
        return give_back_whole(call, target, *receipt, now);
    }
    return separate(call, target, *receipt, now);
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_unmerge) { return api::unmerge(call); }
