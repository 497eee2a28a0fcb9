#include "api/once.hpp"

#include <algorithm>

#include "api/document.hpp"
#include "core/error.hpp"
#include "pg/settings.hpp"

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

TimestampTz oldest_request(const store::Circumstances& now) {
    return now.now - static_cast<TimestampTz>(pg::settings::idempotency_ttl()) * USECS_PER_SEC;
}

void raise_version(store::carts::Taken& taken, const store::Circumstances& now) {
    if (!taken.is_changed) {
        taken.cart = store::carts::change(taken.cart, now);
        taken.is_changed = true;
    }
}

}  // namespace

Arguments& Arguments::add(const std::optional<std::string_view>& text) {
    parts_ += text ? std::to_string(text->size()) : "-";
    parts_ += ':';
    parts_ += text.value_or("");
    return *this;
}

Arguments& Arguments::add(const Jsonb* document) {
    if (document == nullptr) {
        return add(std::optional<std::string_view>());
    }
    return add(std::string_view(VARDATA(document), VARSIZE(document) - VARHDRSZ));
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

Begun claim(const store::Owner& owner, const std::optional<std::string_view>& idempotency_key,
            const Arguments& arguments, const store::Circumstances& now) {
    Begun begun;
    if (!idempotency_key) {
        return begun;
    }
    begun.request = store::RequestKey{.owner = store::requests::owner_hash(owner),
                                      .key = short_hash(*idempotency_key),
                                      .arguments = arguments.hash()};
    const auto made =
        store::requests::claim(owner.tenant, *begun.request, oldest_request(now), now);
    if (made) {
        begun.made = checked(*made, *begun.request, *idempotency_key);
    }
    return begun;
}

Begun begin(const store::Owner& owner, const Once& once, const Arguments& arguments,
            const store::Circumstances& now) {
    using store::carts::Take;
    Begun begun = claim(owner, once.idempotency_key, arguments, now);
    if (begun.made) {
        return begun;
    }
    const bool must_look = once.idempotency_key || once.if_match;
    auto taken = store::carts::take_active(owner, must_look ? Take::lock : Take::change, now);
    if (begun.request && owner.is_user()) {
        // With the cart locked, no merge into it is under way: what a guest did is seen.
        const auto made = store::requests::find_merged(owner, *begun.request, oldest_request(now));
        if (made) {
            begun.made = checked(*made, *begun.request, *once.idempotency_key);
            store::requests::complete(owner.tenant, *begun.request, made->cart_id, made->version);
            if (taken.is_new) {
                store::carts::discard(taken.cart);
            }
            return begun;
        }
    }
    check_etag(taken.is_new ? nullptr : &taken.cart, once.if_match);
    raise_version(taken, now);
    begun.taken = taken;
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
