// The calls that change the active cart: cart_add, cart_add_items, cart_update, cart_remove,
// cart_clear, cart_set, cart_set_discount, cart_apply_code, cart_reprice, and cart_apply for
// several at once.
#include "api/answer.hpp"
#include "api/caller.hpp"
#include "api/edit.hpp"
#include "api/items.hpp"
#include "api/operations.hpp"
#include "core/error.hpp"
#include "pg/function.hpp"
#include "pg/settings.hpp"
#include "store/store.hpp"

namespace cart::api {

namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;

// Begins the call, does `work` on the cart's edit (none where there is no cart), and answers.
// `work` tells the line that the call was about, if it was about one; `key` is its key, as far as
// the call names it.
template <typename Work>
Datum change_cart(const Writing& writing, const Arguments& arguments, Intent intent, Work work,
                  const std::optional<core::ItemKey>& key = {}) {
    const Begun begun = begin(writing, arguments, intent);
    if (begun.made) {
        return replay(writing.call, writing.owner, *begun.made, key);
    }
    std::optional<CartEdit> edit;
    if (begun.taken) {
        edit.emplace(writing, *begun.taken);
    }
    const std::optional<LineAnswer> line = work(edit);
    if (edit && edit->is_unused()) {
        store::carts::discard(edit->cart());
        edit.reset();
    }
    if (!edit) {
        complete(writing.owner, begun, nullptr);
        return nothing_changed(writing.call, writing.owner);
    }
    const store::Cart cart = store::carts::as_written(edit->cart());
    complete(writing.owner, begun, &cart);
    return pg::settings::return_cart() ? answer(writing.call, cart, edit->changes())
                                       : brief_answer(writing.call, cart, line);
}

Datum add_item(pg::Call& call) {
    const store::Store store;
    const Writing writing = api::writing(call, 2, 5);
    const Jsonb* item = required(call.jsonb(0), "item");
    const auto quantity = call.number(1);
    GivenItem given = read_item(item, writing.rules->match_on, call.memory());
    if (quantity) {
        given.facts.quantity = core::read_quantity(*quantity);
    }
    return change_cart(
        writing, Arguments("cart_add", writing.once).add(item).add(quantity), Intent::change,
        [&](std::optional<CartEdit>& edit) {
            edit.value().add(std::span(&given, 1));
            return edit->last_line();
        },
        given.facts.key);
}

Datum add_items(pg::Call& call) {
    const store::Store store;
    const Writing writing = api::writing(call, 1, 4);
    const Jsonb* items = required(call.jsonb(0), "items");
    const auto given = read_items(items, writing.rules->match_on, call.memory());
    // An empty array changes nothing, but its key and its etag count.
    return change_cart(writing, Arguments("cart_add_items", writing.once).add(items),
                       given.empty() ? Intent::find : Intent::change,
                       [&](std::optional<CartEdit>& edit) {
                           if (edit && !given.empty()) {
                               edit->add(given);
                           }
                           return std::optional<LineAnswer>();
                       });
}

core::ItemKey key_argument(const pg::Call& call, int place) {
    const auto key = call.uuid(place);
    if (!key) {
        throw Error(ErrorCode::invalid_parameter, "item_key must not be NULL",
                    Detail().text("parameter", "item_key"));
    }
    return {.bytes = *key};
}

Datum update(pg::Call& call) {
    const store::Store store;
    const Writing writing = api::writing(call, 3, 6);
    const core::ItemKey key = key_argument(call, 0);
    const auto quantity = call.number(1);
    const Jsonb* changes = call.jsonb(2);
    const LineUpdate update = line_update(key, quantity, changes);
    const auto arguments = Arguments("cart_update", writing.once)
                               .add(pg::to_string(key.bytes))
                               .add(quantity)
                               .add(changes);
    return change_cart(
        writing, arguments, Intent::find,
        [&](std::optional<CartEdit>& edit) {
            if (!edit) {
                throw not_in_cart(key);
            }
            edit->update(update);
            return edit->last_line();
        },
        key);
}

Datum remove(pg::Call& call) {
    const store::Store store;
    const Writing writing = api::writing(call, 1, 4);
    const core::ItemKey key = key_argument(call, 0);
    return change_cart(
        writing, Arguments("cart_remove", writing.once).add(pg::to_string(key.bytes)), Intent::find,
        [&](std::optional<CartEdit>& edit) {
            if (edit) {
                edit->remove(key);
            }
            return std::optional(LineAnswer{.key = key, .quantity = 0});
        },
        key);
}

Datum clear(pg::Call& call) {
    const store::Store store;
    const Writing writing = api::writing(call, 0, 3);
    return change_cart(writing, Arguments("cart_clear", writing.once), Intent::find,
                       [](std::optional<CartEdit>& edit) {
                           if (edit) {
                               edit->clear();
                           }
                           return std::optional<LineAnswer>();
                       });
}

Datum set(pg::Call& call) {
    const store::Store store;
    const Writing writing = api::writing(call, 1, 4);
    const Jsonb* changes = cart_changes(call.jsonb(0));
    return change_cart(writing, Arguments("cart_set", writing.once).add(changes), Intent::make,
                       [&](std::optional<CartEdit>& edit) {
                           edit.value().set(changes);
                           return std::optional<LineAnswer>();
                       });
}

Datum set_discount(pg::Call& call) {
    const store::Store store;
    const Writing writing = api::writing(call, 1, 4);
    writing.caller.require_application();
    const Jsonb* discount = call.jsonb(0);
    return change_cart(writing, Arguments("cart_set_discount", writing.once).add(discount),
                       discount == nullptr ? Intent::find : Intent::make,
                       [&](std::optional<CartEdit>& edit) {
                           if (edit) {
                               edit->set_discount(discount);
                           }
                           return std::optional<LineAnswer>();
                       });
}

Datum apply_code(pg::Call& call) {
    const store::Store store;
    const Writing writing = api::writing(call, 1, 4);
    const std::string_view code = discount_code(call.text(0));
    return change_cart(writing, Arguments("cart_apply_code", writing.once).add(code), Intent::make,
                       [&](std::optional<CartEdit>& edit) {
                           edit.value().apply_code(code);
                           return std::optional<LineAnswer>();
                       });
}

Datum reprice(pg::Call& call) {
    const store::Store store;
    const Writing writing = api::writing(call, 0, 3);
    return change_cart(writing, Arguments("cart_reprice", writing.once), Intent::find,
                       [](std::optional<CartEdit>& edit) {
                           if (edit) {
                               edit->reprice();
                           }
                           return std::optional<LineAnswer>();
                       });
}

Datum apply(pg::Call& call) {
    const store::Store store;
    const Writing writing = api::writing(call, 1, 4);
    const Jsonb* document = call.jsonb(0);
    const auto operations = read_operations(document, writing.rules->match_on, call.memory());
    const auto is_discount = [](const Operation& operation) {
        return std::holds_alternative<DiscountOperation>(operation);
    };
    if (std::ranges::any_of(operations, is_discount)) {
        writing.caller.require_application();
    }
    const bool makes = std::ranges::any_of(operations, makes_cart);
    return change_cart(writing, Arguments("cart_apply", writing.once).add(document),
                       makes ? Intent::make : Intent::find, [&](std::optional<CartEdit>& edit) {
                           run(operations, edit);
                           return std::optional<LineAnswer>();
                       });
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_add) { return api::add_item(call); }
CART_FUNCTION(cart_add_items) { return api::add_items(call); }
CART_FUNCTION(cart_update) { return api::update(call); }
CART_FUNCTION(cart_remove) { return api::remove(call); }
CART_FUNCTION(cart_clear) { return api::clear(call); }
CART_FUNCTION(cart_set) { return api::set(call); }
CART_FUNCTION(cart_set_discount) { return api::set_discount(call); }
CART_FUNCTION(cart_apply_code) { return api::apply_code(call); }
CART_FUNCTION(cart_reprice) { return api::reprice(call); }
CART_FUNCTION(cart_apply) { return api::apply(call); }
