// What a client does next, by chance.
#include <algorithm>
#include <array>
#include <utility>

#include "torture/client.hpp"

namespace cart::torture {

namespace {

constexpr std::array<const char*, 4> strategies = {"sum", "max", "incoming", "existing"};

constexpr auto weights = std::to_array<std::pair<Kind, int>>({
    {Kind::add, 24},    {Kind::add_items, 10}, {Kind::update, 14},     {Kind::remove, 8},
    {Kind::clear, 2},   {Kind::set, 6},        {Kind::apply, 10},      {Kind::touch, 2},
    {Kind::merge, 10},  {Kind::reconcile, 2},  {Kind::get, 10},        {Kind::hold, 4},
    {Kind::held, 1},    {Kind::resume, 6},     {Kind::checkout, 6},    {Kind::complete, 4},
    {Kind::cancel, 5},  {Kind::restore, 4},    {Kind::link_create, 4}, {Kind::link_open, 5},
    {Kind::abandon, 4},
});

}  // namespace

int Client::below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
bool Client::chance(int percent) { return below(100) < percent; }

int Client::choose_owner() {
    const int shared = scene_.shared_owners;
    if (chance(25)) {
        return shared + scene_.private_owners * number_ + below(scene_.private_owners);
    }
    return chance(30) ? below(std::min(shared, 4)) : below(shared);
}

// Another owner that a login may join with this one: of the same tenant, and private likewise.
int Client::choose_other(int owner) {
    std::vector<int> fitting;
    const Owner& mine = scene_.owners[owner];
    for (int other = 0; std::cmp_less(other, scene_.owners.size()); ++other) {
        const Owner& candidate = scene_.owners[other];
        if (candidate.is_user() != mine.is_user() && candidate.tenant == mine.tenant &&
            candidate.client == mine.client) {
            fitting.push_back(other);
        }
    }
    return fitting.empty() ? -1 : fitting[below(static_cast<int>(fitting.size()))];
}

// A few identities are in demand, so that lines meet.
int Client::choose_identity() { return chance(50) ? below(6) : below(scene_.catalogue.size()); }

Amount Client::random_quantity() {
    return chance(60) ? one * (1 + below(5)) : static_cast<Amount>(125) * (1 + below(30));
}

GivenItem Client::random_item() {
    GivenItem item{.identity = choose_identity(), .note = below(Catalogue::notes)};
    item.spelling = below(scene_.catalogue.spellings(item.identity));
    item.quantity = chance(15) ? absent : random_quantity();
    item.price = chance(30) ? absent : static_cast<Amount>(10) * below(5000);
    return item;
}

Operation Client::random_update() {
    Operation update{.kind = Kind::update, .identity = choose_identity()};
    const int what = below(100);
    if (what < 20) {
        update.quantity = 0;
        return update;
    }
    if (what < 55) {
        update.quantity = random_quantity();
    }
    if (what >= 45 && what < 80) {
        update.new_identity = choose_identity();
        update.new_spelling = below(scene_.catalogue.spellings(update.new_identity));
    }
    if (what >= 70) {
        update.note = chance(70) ? Member{Member::Do::set, Catalogue::note(below(Catalogue::notes))}
                                 : Member{Member::Do::remove, {}};
    }
    if (what >= 90) {
        update.price = chance(70) ? Member{Member::Do::set, std::to_string(10 * below(5000))}
                                  : Member{Member::Do::remove, {}};
    }
    return update;
}

Operation Client::random_set() {
    Operation set{.kind = Kind::set};
    const int what = below(100);
    if (what < 20) {
        set.currency = {Member::Do::set, chance(90) ? "EUR" : "USD"};
    }
    if (what >= 10 && what < 60) {
        set.label = chance(80) ? Member{Member::Do::set, "label " + std::to_string(below(20))}
                               : Member{Member::Do::remove, {}};
    }
    if (what >= 50) {
        static const std::array<const char*, 5> metadata = {
            R"({"gift":true})", R"({"gift":null})", R"({"note":"ring twice","floor":3})",
            R"({"floor":null,"gift":false})", R"({})"};
        set.metadata = chance(90) ? Member{Member::Do::set, metadata[below(metadata.size())]}
                                  : Member{Member::Do::remove, {}};
    }
    return set;
}

Operation Client::random_step() {
    const int what = below(100);
    return random_operation(what < 55   ? Kind::add
                            : what < 65 ? Kind::update
                            : what < 82 ? Kind::remove
                            : what < 98 ? Kind::set
                                        : Kind::clear);
}

Operation Client::random_apply() {
    Operation apply{.kind = Kind::apply};
    for (int steps = 1 + below(4); steps > 0; --steps) {
        apply.operations.push_back(random_step());
        apply.operations.back().has_own_quantity = false;
    }
    return apply;
}

Operation Client::random_operation(Kind kind) {
    Operation operation{.kind = kind};
    switch (kind) {
        case Kind::add:
            operation.items = {random_item()};
            operation.has_own_quantity = operation.items.front().quantity != absent && chance(50);
            return operation;
        case Kind::add_items:
            for (int items = chance(5) ? 0 : 1 + below(5); items > 0; --items) {
                operation.items.push_back(random_item());
            }
            return operation;
        case Kind::update:
            return random_update();
        case Kind::remove:
            operation.identity = choose_identity();
            return operation;
        case Kind::set:
            return random_set();
        case Kind::apply:
            return random_apply();
        default:
            return operation;
    }
}

Kind Client::choose_kind() {
    int all = 0;
    for (const auto& [kind, weight] : weights) {
        all += scene_.makes(kind) ? weight : 0;
    }
    int left = below(std::max(all, 1));
    for (const auto& [kind, weight] : weights) {
        left -= scene_.makes(kind) ? weight : 0;
        if (left < 0) {
            return kind;
        }
    }
    return Kind::get;
}

std::string Client::new_key() {
    return scene_.owners.front().tenant + "-" + std::to_string(number_) + "-" +
           std::to_string(++keys_);
}

// A guest logs in as some user of the tenant.
void Client::choose_login(Call& call) {
    const bool is_user = scene_.owners[call.owner].is_user();
    const int other = choose_other(call.owner);
    const int guest = is_user ? other : call.owner;
    call.owner = is_user ? call.owner : other;
    if (guest < 0 || call.owner < 0) {
        call.owner = 0;
        call.operation = Operation{.kind = Kind::get};
        return;
    }
    call.operation.guest = guest;
    if (chance(40)) {
        call.operation.strategy = strategies[below(strategies.size())];
    }
    call.may_be_undone = scene_.makes(Kind::unmerge) && !scene_.has_kills && chance(40);
}

// Keys, and etags right and stale.
void Client::choose_once(Call& call) {
    const Kind kind = call.operation.kind;
    if (takes_key(kind) && !call.operation.names_no_owner && (scene_.has_kills || chance(35))) {
        call.key = new_key();
    }
    // Whoever names a cart names its etag, too: name_cart() has chosen that.
    const auto& seen = seen_[call.owner];
    if (call.operation.cart.empty() && !seen.empty() &&
        (kind == Kind::get ? chance(40) : takes_if_match(kind) && chance(15))) {
        call.if_match =
            (chance(75) ? seen.back() : seen[below(static_cast<int>(seen.size()))]).str();
    }
}

Call Client::random_call() {
    Call call{.owner = choose_owner(), .operation = random_operation(choose_kind())};
    const Kind kind = call.operation.kind;
    if (moves(kind) || kind == Kind::link_create || kind == Kind::held) {
        choose_move(call);
    }
    if (call.operation.kind == Kind::get && !carts_.empty() && chance(25)) {
        // Any cart by its id, which the caller of an owner's call names too.
        call.operation.cart = carts_[below(static_cast<int>(carts_.size()))];
    } else {
        choose_once(call);
    }
    return call;
}

}  // namespace cart::torture
