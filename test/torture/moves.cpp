// What a client does next with carts that are set aside, ordered or abandoned, by chance.
#include <algorithm>
#include <array>
#include <utility>

#include "torture/client.hpp"

namespace cart::torture {

namespace {

Shelf shelf_of(Kind kind) {
    switch (kind) {
        case Kind::resume:
            return Shelf::held;
        case Kind::link_open:
            return Shelf::links;
        case Kind::restore:
        case Kind::link_create:
            return Shelf::abandoned;
        default:
            return Shelf::drafts;
    }
}

}  // namespace

Board& Client::board_of(int owner) {
    return scene_.owners[owner].is_private() ? own_board_ : *scene_.board;
}

// Numbers come and go, so that there are always some that collide and some that are new.
std::string Client::random_order_ref() {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(scene_.end - Clock::now());
    return "R" + std::to_string(left.count() / 200) + "-" + std::to_string(below(6));
}

std::optional<Offer> Client::take_offer(Call& call) {
    return board_of(call.owner)
        .take(scene_.owners[call.owner].tenant, shelf_of(call.operation.kind), random_);
}

// The owner's active cart, as far as we know.
std::optional<Offer> Client::own_offer(int owner) {
    const auto& seen = seen_[owner];
    return seen.empty() || seen.back().cart.empty()
               ? std::nullopt
               : std::optional(Offer{.owner = owner, .at = seen.back()});
}

// A cart by its id: the owner passed is its own, or another one, or none.
void Client::name_cart(Call& call, const Offer& offer) {
    call.operation.cart = offer.at.cart.str();
    call.operation.names_no_owner = chance(30);
    if (call.operation.names_no_owner || chance(85)) {
        call.owner = offer.owner;
    }
    if (chance(15)) {
        call.if_match = offer.at.str();
    }
}

void Client::choose_hold(Call& call) {
    if (chance(40)) {
        call.operation.new_label = "sale " + std::to_string(below(20));
    }
    if (const auto offer = own_offer(call.owner); offer && chance(30)) {
        name_cart(call, *offer);
    }
}

void Client::choose_checkout(Call& call) {
    Operation& operation = call.operation;
    if (chance(60)) {
        operation.order_ref = random_order_ref();
    }
    const auto total = totals_.find(call.owner);
    if (total != totals_.end() && chance(40)) {
        operation.expected_total = total->second + (chance(75) ? 0 : 10);
    }
}

// False where nothing waits to be taken.
bool Client::choose_offer(Call& call) {
    Operation& operation = call.operation;
    const bool is_direct = operation.kind == Kind::abandon;
    const bool takes_own = is_direct || (operation.kind == Kind::link_create && chance(40));
    const auto offer = takes_own ? own_offer(call.owner) : take_offer(call);
    if (!offer) {
        return false;
    }
    switch (operation.kind) {
        case Kind::resume:
            operation.cart = offer->at.cart.str();
            operation.if_active = chance(25) ? "" : std::array{"hold", "merge", "error"}[below(3)];
            call.if_match = chance(15) ? offer->at.str() : "";
            break;
        case Kind::link_open:
            operation.link = offer->link;
            break;
        case Kind::complete:
            operation.order_ref = chance(30) ? random_order_ref() : "";
            [[fallthrough]];
        case Kind::cancel:
        case Kind::restore:
            name_cart(call, *offer);
            break;
        default:
            call.owner = offer->owner;
            operation.cart = offer->at.cart.str();
            break;
    }
    return true;
}

// Fills in a call that moves carts, or that sends one by mail.
void Client::choose_move(Call& call) {
    switch (call.operation.kind) {
        case Kind::merge:
            choose_login(call);
            break;
        case Kind::hold:
            choose_hold(call);
            break;
        case Kind::checkout:
            choose_checkout(call);
            break;
        case Kind::held:
            break;
        default:
            if (!choose_offer(call)) {
                call.operation = Operation{.kind = Kind::get};
            }
    }
}

// Two that want the same cart at the same time, each for itself.
void Client::duel() {
    static constexpr std::array contested = {Kind::resume, Kind::link_open, Kind::complete,
                                             Kind::cancel, Kind::restore,   Kind::hold};
    Call first{.owner = below(scene_.shared_owners),
               .operation = {.kind = contested[below(contested.size())]}};
    if (!scene_.makes(first.operation.kind)) {
        return;
    }
    choose_move(first);
    if (!moves(first.operation.kind)) {
        return;
    }
    first.if_match.clear();
    Call second = first;
    if (!moves_named(first.operation.kind) && first.operation.kind != Kind::hold) {
        second.owner = choose_rival(first.owner);
    }
    run_both(std::move(first), std::move(second));
}

// Another shared owner of the same tenant.
int Client::choose_rival(int owner) {
    const std::string& tenant = scene_.owners[owner].tenant;
    int rival = owner;
    for (int turn = 0; turn < 8 && (rival == owner || scene_.owners[rival].tenant != tenant);
         ++turn) {
        rival = below(scene_.shared_owners);
    }
    return scene_.owners[rival].tenant == tenant ? rival : owner;
}

// ---- remembering

void Client::post(int owner, Shelf shelf, const Etag& at, const std::string& link) {
    board_of(owner).put(scene_.owners[owner].tenant, shelf,
                        {.owner = owner, .at = at, .link = link});
}

// What else became of the carts that the call wrote: they wait for somebody now.
void Client::post_written(const Call& call) {
    for (const Written& written : call.answer.written) {
        const std::string& status = written.status.str();
        if (status == "held") {
            post(call.owner, Shelf::held, written.at);
        } else if (status == "checkout" ||
                   (status == "active" && call.operation.kind == Kind::cancel)) {
            post(call.owner, Shelf::drafts, written.at);  // cancelled, it may be paid late
        } else if (status == "abandoned") {
            post(call.owner, Shelf::abandoned, written.at);
        }
    }
}

// Of private owners, which cart is whose active one now.
void Client::learn_bases(const Call& call) {
    const Kind kind = call.operation.kind;
    for (const Written& written : call.answer.written) {
        for (auto& [owner, base] : base_) {
            if (base && base->cart == written.at.cart) {
                base = Etag();
            }
        }
    }
    const bool is_own = kind == Kind::resume || kind == Kind::link_open || kind == Kind::merge ||
                        (moves_named(kind) && !call.operation.names_no_owner);
    const Written* written = find_written(call, call.answer.at.cart);
    if (written != nullptr && written->status.str() == "active") {
        if (is_own) {
            base_[call.owner] = written->at;
        } else {
            forget(call);
        }
    }
}

void Client::learn_move(const Call& call) {
    const Kind kind = call.operation.kind;
    if (scene_.owners[call.owner].is_private()) {
        learn_bases(call);
    }
    post_written(call);
    const Written* written = find_written(call, call.answer.at.cart);
    const bool is_active = written != nullptr && written->status.str() == "active";
    if (kind != Kind::complete && !call.operation.names_no_owner && written != nullptr) {
        seen_[call.owner].push_back(is_active ? written->at : Etag());
    }
}

}  // namespace cart::torture
