#include "api/once.hpp"

#include <algorithm>

#include "api/caller.hpp"
#include "api/document.hpp"
#include "api/rate.hpp"
#include "core/error.hpp"

namespace cart::api {

namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;

constexpr std::size_t max_key = 1024;

store::ShortHash short_hash(std::string_view text) {
    const auto digest = core::port::sha256(std::as_bytes(std::span(text)));
    store::ShortHash hash{};
    std::copy_n(digest.begin(), hash.size(), hash.begin());
    return hash;
}

// What was made before, if it was made by the same call.
store::MadeRequest checked(const store::MadeRequest& made, const store::RequestKey& request,
                           std::string_view key) {
    if (made.arguments != request.arguments) {
        throw Error(ErrorCode::idempotency_key_reused,
                    "the idempotency key was used for another call",
                    Detail().text("idempotency_key", key),
                    "Make a new key for each call, and repeat a call with all its arguments.");
    }
    return made;
}

TimestampTz oldest_request(const store::TenantRules& rules, const store::Circumstances& now) {
    return now.now - rules.idempotency_ttl * USECS_PER_SEC;
}

// Takes the owner's active cart as the call intends. Nothing where there is none, and none is made.
std::optional<store::carts::Taken> take(const Writing& writing, Intent intent) {
    using store::carts::Take;
    if (intent != Intent::find) {
        // Whoever has to look at the cart first must not raise its version yet.
        const bool must_look = writing.once.idempotency_key || writing.once.if_match;
        const bool at_once = intent == Intent::change && !must_look;
        return store::carts::take_active(writing.owner, at_once ? Take::change : Take::lock,
                                         writing.now);
    }
    const auto cart = store::carts::lock_active(writing.owner);
    return cart ? std::optional(store::carts::Taken{.cart = *cart}) : std::nullopt;
}

}  // namespace

Arguments& Arguments::add(const std::optional<std::string_view>& text) {
    if (!is_asked_for_) {
        return *this;
    }
    parts_ += text ? std::to_string(text->size()) : "-";
    parts_ += ':';
    parts_ += text.value_or("");
    return *this;
}

Arguments& Arguments::add(const Jsonb* document) {
    if (document == nullptr) {
        return add(std::optional<std::string_view>());
    }
    return add(pg::bytes_of(document));
}

store::ShortHash Arguments::hash() const { return short_hash(parts_); }

Once once_of(const pg::Call& call, int first) {
    const Once once = {.idempotency_key = call.text(first), .if_match = call.text(first + 1)};
    if (once.idempotency_key && once.idempotency_key->size() > max_key) {
        throw Error(ErrorCode::invalid_parameter, "idempotency_key is too long",
                    Detail()
                        .number("bytes", static_cast<long long>(once.idempotency_key->size()))
                        .number("limit", static_cast<long long>(max_key)));
    }
    return once;
}

void check_etag(const store::Cart* cart, const std::optional<std::string_view>& if_match) {
    if (!if_match) {
        return;
    }
    const std::string etag = cart == nullptr ? std::string(no_etag) : etag_of(*cart);
    if (*if_match != etag) {
        throw Error(ErrorCode::version_conflict, "the cart has changed",
                    Detail().text("expected", *if_match).text("found", etag),
                    "Read the cart again, and decide anew.");
    }
}

Writing writing(pg::Call& call, int who, int once) {
    const Caller caller(call);
    const store::Owner owner = caller.owner(who);
    Writing writing{.call = call,
                    .caller = caller,
                    .owner = owner,
                    .rules = store::rules_of(owner.tenant, call.memory()),
                    .now = caller.circumstances(),
                    .once = once_of(call, once)};
    writing.now.currency = writing.rules->currency;
    return writing;
}

Begun claim(const store::Owner& owner, const std::optional<std::string_view>& idempotency_key,
            const Arguments& arguments, const store::TenantRules& rules,
            const store::Circumstances& now) {
    Begun begun;
    if (!idempotency_key) {
        count_change(owner, rules, now);
        return begun;
    }
    begun.request = store::RequestKey{.owner = store::requests::owner_hash(owner),
                                      .key = short_hash(*idempotency_key),
                                      .arguments = arguments.hash()};
    const auto made =
        store::requests::claim(owner.tenant, *begun.request, oldest_request(rules, now), now);
    if (made) {
        begun.made = checked(*made, *begun.request, *idempotency_key);
    } else {
        count_change(owner, rules, now);  // a repeat changes nothing
    }
    return begun;
}

void follow_merge(Begun& begun, const store::Owner& owner, const Once& once,
                  const store::TenantRules& rules, const store::Circumstances& now) {
    if (!begun.request || !owner.is_user()) {
        return;
    }
    const auto made =
        store::requests::find_merged(owner, *begun.request, oldest_request(rules, now));
    if (made) {
        store::requests::complete(owner.tenant, *begun.request, made->cart_id, made->version);
        begun.made = checked(*made, *begun.request, *once.idempotency_key);
    }
}

void follow_merge(Begun& begun, const Writing& writing) {
    follow_merge(begun, writing.owner, writing.once, *writing.rules, writing.now);
}

Begun begin(const Writing& writing, const Arguments& arguments, Intent intent) {
    Begun begun =
        claim(writing.owner, writing.once.idempotency_key, arguments, *writing.rules, writing.now);
    if (begun.made) {
        return begun;
    }
    begun.taken = take(writing, intent);
    const bool is_new = begun.taken && begun.taken->is_new;
    if (is_new && !writing.owner.is_user()) {
        count_new_guest(writing.caller, *writing.rules, writing.now);
    }
    follow_merge(begun, writing);
    if (begun.made) {
        if (is_new) {
            store::carts::discard(begun.taken->cart);
        }
        return begun;
    }
    check_etag(begun.taken && !is_new ? &begun.taken->cart : nullptr, writing.once.if_match);
    if (intent == Intent::change) {
        store::carts::raise_version(*begun.taken, writing.now);
    }
    return begun;
}

void complete(const store::Owner& owner, const Begun& begun, const store::Cart* cart) {
    if (begun.request && !begun.made) {
        store::requests::complete(owner.tenant, *begun.request,
                                  cart == nullptr ? std::nullopt : std::optional(cart->id),
                                  cart == nullptr ? std::nullopt : std::optional(cart->version));
    }
}

}  // namespace cart::api
