#include "store/events.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/lifecycle.hpp"
#include "pg/settings.hpp"

extern "C" {
#include "access/xact.h"
}

namespace cart::store::events {

namespace {

struct Noted {
    Event event;
    int level;  // of the subtransaction; 1: the transaction's own
};

std::vector<Noted> noted;

}  // namespace

std::string_view name_of(Kind kind) noexcept {
    switch (kind) {
        case Kind::merged:
            return "merged";
        case Kind::held:
            return "held";
        case Kind::ordered:
            return "ordered";
        case Kind::abandoned:
            return "abandoned";
        case Kind::changed:
        case Kind::other_status:
            break;
    }
    return "changed";
}

Kind kind_of(std::string_view status) noexcept {
    switch (core::read_status(status).value_or(core::Status::active)) {
        case core::Status::merged:
            return Kind::merged;
        case core::Status::held:
            return Kind::held;
        case core::Status::ordered:
            return Kind::ordered;
        case core::Status::abandoned:
            return Kind::abandoned;
        case core::Status::active:
        case core::Status::checkout:
            break;
    }
    return Kind::other_status;
}

bool are_wanted() noexcept {
    return pg::settings::notify() != pg::settings::Notify::off || pg::settings::wal_messages();
}

void note(Kind kind, std::string_view tenant, const pg::Uuid& cart, std::int64_t version) {
    if (are_wanted()) {
        noted.push_back({.event = {.kind = kind,
                                   .tenant = std::string(tenant),
                                   .cart = cart,
                                   .version = version},
                         .level = GetCurrentTransactionNestLevel()});
    }
}

void withdraw(std::string_view tenant, std::span<const pg::Uuid> carts) noexcept {
    std::erase_if(noted, [&](const Noted& one) {
        return one.event.tenant == tenant &&
               std::ranges::find(carts, one.event.cart) != carts.end();
    });
}

std::vector<Event> coalesced(std::vector<Event> events) {
    std::vector<Event> carts;
    std::map<std::pair<std::string, pg::Uuid>, std::size_t> places;
    for (Event& event : events) {
        const auto [at, is_new] = places.try_emplace({event.tenant, event.cart}, carts.size());
        if (is_new) {
            carts.push_back(std::move(event));
            continue;
        }
        Event& cart = carts.at(at->second);
        cart.version = event.version;
        cart.kind = event.kind == Kind::changed ? cart.kind : event.kind;
    }
    return carts;
}

std::vector<Event> of_transaction() {
    std::vector<Event> events;
    events.reserve(noted.size());
    std::ranges::transform(noted, std::back_inserter(events), &Noted::event);
    return coalesced(std::move(events));
}

void forget() noexcept { noted.clear(); }

void commit_subtransaction() noexcept {
    const int level = GetCurrentTransactionNestLevel();
    for (Noted& one : noted) {
        one.level = std::min(one.level, level - 1);
    }
}

void abort_subtransaction() noexcept {
    const int level = GetCurrentTransactionNestLevel();
    std::erase_if(noted, [&](const Noted& one) { return one.level >= level; });
}

}  // namespace cart::store::events
