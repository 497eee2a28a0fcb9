#include "torture/history.hpp"

#include <algorithm>
#include <utility>

#include "torture/claims.hpp"
#include "torture/life.hpp"
#include "torture/refusals.hpp"

namespace cart::torture {

namespace {

bool may_refuse(const Operation& operation, const std::string& sqlstate) {
    switch (operation.kind) {
        case Kind::update:
            return sqlstate == "KC014";
        case Kind::set:
            return sqlstate == "KC009";
        case Kind::apply:
            return std::ranges::any_of(operation.operations, [&](const Operation& each) {
                return may_refuse(each, sqlstate);
            });
        case Kind::unmerge:
            return sqlstate == "KC001" || sqlstate == "KC002" || sqlstate == "23505";
        default:
            return false;
    }
}

// Refusals need to know all that has happened; unmerge's do not.
bool is_judged_later(Kind kind) {
    return (moves(kind) && kind != Kind::unmerge) || kind == Kind::link_create;
}

// What is refused or not by the caller's own active cart alone.
bool is_of_active(const Operation& operation) {
    const Kind kind = operation.kind;
    return !moves(kind) || kind == Kind::checkout || (kind == Kind::hold && operation.cart.empty());
}

// The key of a call that names its cart is the cart's owner's. To whom the cart does not belong any
// more, it is not there.
bool may_have_moved(const Call& call) {
    return !call.operation.cart.empty() && call.operation.kind != Kind::resume &&
           call.sqlstate == "KC001";
}

bool is_made_under_key(const Call& call) {
    return call.is_answered() && !call.is_undone && !call.answer.is_replayed;
}

}  // namespace

std::vector<std::string> keys_of(const std::vector<Log>& logs) {
    std::set<std::string> keys;
    for (const Log& log : logs) {
        for (const Call& call : log.calls) {
            if (!call.key.empty()) {
                keys.insert(call.key);
            }
        }
    }
    return {keys.begin(), keys.end()};
}

std::vector<std::string> links_of(const std::vector<Log>& logs) {
    std::vector<std::string> links;
    for (const Log& log : logs) {
        for (const Call& call : log.calls) {
            if (!call.answer.link.empty()) {
                links.push_back(call.answer.link);
            }
        }
    }
    return links;
}

std::map<Kind, Counts> count(const std::vector<Log>& logs) {
    std::map<Kind, Counts> all;
    for (const Log& log : logs) {
        for (const Call& call : log.calls) {
            Counts& counts = all[call.operation.kind];
            counts.answered += call.is_answered() ? 1 : 0;
            counts.refused += call.outcome == Reply::Outcome::refused ? 1 : 0;
            counts.replayed += call.answer.is_replayed ? 1 : 0;
            counts.undone += call.is_undone ? 1 : 0;
            counts.lost += call.outcome == Reply::Outcome::lost ? 1 : 0;
            const bool is_lost = call.outcome == Reply::Outcome::lost;
            counts.recovered += is_lost && !call.answer.at.cart.empty() ? 1 : 0;
        }
    }
    return all;
}

void History::found(Aspect aspect, const Call& call, const std::string& text) {
    findings_.add(aspect, title_of(call, scene_.owners) + ": " + text + "\n  " +
                              sql_of(call, scene_.owners, scene_.catalogue));
}

void History::check() {
    resolve_transactions();
    resolve_lost();
    for (std::size_t client = 0; client < logs_.size(); ++client) {
        add_branches(logs_[client], static_cast<int>(client));
    }
    check_each();
    replay_.run();
    check_moves();
    check_keys();
    check_tables();
    check_links();
    check_quantities();
}

// ---- what nobody was told

// A commit that was not answered: the keys of its calls tell. All of them, or none.
void History::resolve_transactions() {
    for (Log& log : logs_) {
        for (Transaction& transaction : log.transactions) {
            if (transaction.outcome != Transaction::Outcome::unknown) {
                continue;
            }
            std::vector<Call*> keyed;
            for (const Step& step : transaction.steps) {
                if (step.what == Step::Do::call && is_made_under_key(log.calls[step.call]) &&
                    !log.calls[step.call].key.empty()) {
                    keyed.push_back(&log.calls[step.call]);
                }
            }
            const auto rows = std::ranges::count_if(
                keyed, [this](const Call* call) { return tables_.requests.contains(call->key); });
            if (rows != 0 && std::cmp_not_equal(rows, keyed.size())) {
                found(Aspect::keys, *keyed.front(), "its transaction was committed in part");
            }
            for (const Step& step : transaction.steps) {
                if (step.what == Step::Do::call && rows == 0) {
                    log.calls[step.call].is_undone = true;
                }
            }
        }
    }
}

void History::resolve_lost() {
    std::set<std::string> made;
    for (const Log& log : logs_) {
        for (const Call& call : log.calls) {
            if (!call.key.empty() && is_made_under_key(call)) {
                made.insert(call.key);
            }
        }
    }
    for (Log& log : logs_) {
        for (Call& call : log.calls) {
            const auto row = tables_.requests.find(call.key);
            const bool has_row = row != tables_.requests.end();
            call.found_none = has_row && is_made_under_key(call) && row->second.made.cart.empty();
            if (call.outcome != Reply::Outcome::lost || call.is_undone) {
                continue;
            }
            if (moves(call.operation.kind)) {
                recover(call);
                continue;
            }
            if (has_row && made.insert(call.key).second) {
                call.answer.at = row->second.made;
            }
            if (const auto note = tables_.notes.find(call.mark);
                call.is_noted && note != tables_.notes.end()) {
                call.answer.written = note->second;
                call.answer.at = note->second.front().at;
            }
        }
    }
}

// What a call that moves carts has written tells all that matters of its answer.
void History::recover(Call& call) {
    const auto note = tables_.notes.find(call.mark);
    if (note == tables_.notes.end()) {
        return;
    }
    Answer& answer = call.answer;
    answer.written = note->second;
    const Kind kind = call.operation.kind;
    const bool is_join = kind == Kind::merge || kind == Kind::link_open;
    for (const Written& written : answer.written) {
        const bool is_shown =
            is_join ? written.status.str() == "active"
                    : call.operation.cart.empty() || written.at.cart.str() == call.operation.cart;
        if (is_shown) {
            answer.at = written.at;
        }
    }
    if (is_join) {
        const Written* source = side_of(call);
        answer.is_merged = true;
        answer.target = answer.at.cart;
        answer.source = source == nullptr ? answer.at.cart : source->at.cart;
    }
}

// ---- each call

void History::check_each() {
    for (const Log& log : logs_) {
        if (!log.failure.empty()) {
            findings_.add(Aspect::refusals, "a client gave up: " + log.failure);
        }
        for (const Call& call : log.calls) {
            if (!call.answer.complaint.empty()) {
                found(Aspect::answers, call, call.answer.complaint);
            }
            if (call.outcome == Reply::Outcome::lost && !call.is_hung_up && !scene_.has_kills) {
                found(Aspect::refusals, call, "its connection died");
            }
            if (call.outcome == Reply::Outcome::refused) {
                check_refusal(call);
            } else if (call.is_answered() && call.is_own_fault) {
                found(Aspect::keys, call, "the key was another call's");
            }
            if (!in_branch_.contains(&call) || !call.is_undone) {
                replay_.add(call);
            }
        }
    }
}

void History::check_refusal(const Call& call) {
    if (call.sqlstate == "40P01") {
        // A transaction of ours has one owner only, and can be in no circle either.
        found(Aspect::deadlocks, call, call.detail);
    } else if (call.is_own_fault || call.sqlstate == "KC003") {
        if (!call.is_own_fault || call.sqlstate != "KC003") {
            found(Aspect::keys, call, call.sqlstate + ' ' + call.detail);
        }
    } else if (call.must_replay && !may_have_moved(call)) {
        found(Aspect::keys, call, "instead of its repeat " + call.sqlstate + ' ' + call.detail);
    } else if (!is_judged_later(call.operation.kind) &&
               !may_refuse(call.operation, call.sqlstate) &&
               (call.sqlstate != "KC002" || call.if_match.empty())) {
        found(Aspect::refusals, call, call.sqlstate + ' ' + call.detail);
    } else if (call.base && is_of_active(call.operation) && call.sqlstate != "23505") {
        replay_.add_refused(call);
    }
}

// Calls that move carts, when it is known where the carts were.
void History::check_moves() {
    const Refusals refusals(replay_, logs_);
    for (const Log& log : logs_) {
        for (const Call& call : log.calls) {
            const bool is_other_fault = call.sqlstate == "40P01" || call.sqlstate == "KC003" ||
                                        (call.must_replay && !may_have_moved(call));
            if (!is_judged_later(call.operation.kind) || is_other_fault) {
                continue;
            }
            if (const std::string text = refusals.complaint(call); !text.empty()) {
                found(Aspect::refusals, call, text);
            }
        }
    }
}

// Finds the parts of a transaction that change something, where they were not simply committed.
class BranchFinder {
  public:
    BranchFinder(const Log& log, int client) : log_(log), client_(client) {}

    // Each step in turn; whether it belongs to a part that changes something.
    bool take(const Step& step) {
        const bool is_call = step.what == Step::Do::call;
        if (is_call && !is_open_ && shows_a_change(log_.calls[step.call].answer)) {
            open(log_.calls[step.call].answer.at);
        }
        if (step.what == Step::Do::savepoint) {
            was_open_ = is_open_;
        }
        if (step.what == Step::Do::rollback_to && !was_open_) {
            close();
        }
        if (is_open_) {
            branch_.steps.push_back(step);
        }
        return is_open_ && is_call;
    }

    void close() {
        if (is_open_ && std::ranges::any_of(branch_.steps, [&](const Step& step) {
                return step.what == Step::Do::call && log_.calls[step.call].is_undone;
            })) {
            found_.push_back(branch_);
        }
        is_open_ = false;
    }

    [[nodiscard]] const std::vector<Branch>& found() const { return found_; }

  private:
    void open(const Etag& at) {
        is_open_ = true;
        branch_.from = {.cart = at.cart, .version = at.version - 1};
        branch_.steps.clear();
        branch_.client = client_;
    }

    const Log& log_;
    int client_;
    Branch branch_;
    bool is_open_ = false;
    bool was_open_ = false;  // at the savepoint
    std::vector<Branch> found_;
};

void History::add_branches(const Log& log, int client) {
    for (const Transaction& transaction : log.transactions) {
        BranchFinder finder(log, client);
        for (const Step& step : transaction.steps) {
            if (finder.take(step)) {
                in_branch_.insert(&log.calls[step.call]);
            }
        }
        finder.close();
        for (const Branch& branch : finder.found()) {
            replay_.add_branch(branch);
        }
    }
}

// ---- keys

void History::check_keys() {
    std::map<std::string, std::vector<const Call*>> by_key;
    for (const Log& log : logs_) {
        for (const Call& call : log.calls) {
            if (!call.key.empty()) {
                by_key[call.key].push_back(&call);
            }
        }
    }
    for (const auto& [key, calls] : by_key) {
        check_key(key, calls);
    }
    if (tables_.unknown_requests > 0) {
        findings_.add(Aspect::keys, std::to_string(tables_.unknown_requests) +
                                        " rows of cart.requests have a key that no call had");
    }
}

void History::check_key(const std::string& key, const std::vector<const Call*>& calls) {
    const auto row = tables_.requests.find(key);
    const bool has_row = row != tables_.requests.end();
    const Call* made = nullptr;
    for (const Call* call : calls) {
        if (is_made_under_key(*call) && !call->is_own_fault) {
            if (made != nullptr) {
                found(Aspect::keys, *call, "ran again under key " + key);
            }
            made = call;
        }
        if (call->answer.is_replayed &&
            (!has_row || call->answer.made_version != row->second.made.version)) {
            found(Aspect::keys, *call, "repeated what is not in cart.requests, under key " + key);
        }
    }
    if (has_row && !row->second.agree) {
        found(Aspect::keys, *calls.front(), "cart.requests has two outcomes of key " + key);
    }
    if (made != nullptr && !has_row) {
        found(Aspect::keys, *made, "cart.requests does not know key " + key);
    } else if (made != nullptr && replay_.made_a_version(*made) &&
               made->answer.at != row->second.made) {
        found(Aspect::keys, *made,
              "made " + made->answer.at.str() + ", cart.requests says " + row->second.made.str());
    }
    const bool may_be_made = std::ranges::any_of(calls, [](const Call* call) {
        return call->outcome == Reply::Outcome::lost && !call->is_undone;
    });
    if (has_row && made == nullptr && !may_be_made) {
        found(Aspect::keys, *calls.front(), "nothing was made under key " + key);
    }
}

// ---- tables

void History::check_tables() {
    for (const std::string& complaint : tables_.complaints) {
        findings_.add(Aspect::tables, complaint);
    }
    for (const std::string& owner : tables_.owners_with_two) {
        findings_.add(Aspect::owners, owner);
    }
    for (const std::string& order_ref : tables_.repeated_order_refs) {
        findings_.add(Aspect::once, "two orders are " + order_ref);
    }
    for (const auto& [id, story] : replay_.stories()) {
        check_cart(id, story);
    }
    for (const auto& [id, stored] : tables_.carts) {
        if (!replay_.stories().contains(id)) {
            findings_.add(Aspect::tables, "cart " + id.str() + " was made by no call");
        }
    }
    check_receipts();
}

void History::check_cart(Text id, const Story& story) {
    if (story.is_broken || story.version == 0) {
        return;  // reported by the replay, or never committed
    }
    const auto found = tables_.carts.find(id);
    const std::string title = "cart " + id.str() + ": ";
    if (found == tables_.carts.end()) {
        findings_.add(Aspect::tables, title + "is gone");
        return;
    }
    const StoredCart& stored = found->second;
    if (stored.version != story.version) {
        findings_.add(Aspect::tables, title + "acknowledged up to version " +
                                          std::to_string(story.version) + ", stored " +
                                          std::to_string(stored.version));
        return;
    }
    if (stored.content != story.cart.content) {
        findings_.add(Aspect::tables, title + difference(story.cart.content, stored.content));
    }
    if (stored.merged_into != story.cart.merged_into) {
        findings_.add(Aspect::tables, title + "merged into \"" + stored.merged_into.str() + '"');
    }
    const bool is_frozen = has_status(story.cart, "checkout") || has_status(story.cart, "ordered");
    if (is_frozen && story.cart.draft && stored.frozen != story.cart.draft->total) {
        findings_.add(Aspect::tables, title + "its total was not frozen as it was");
    }
    const Owner& owner = scene_.owners[story.cart.owner];
    if (stored.tenant != owner.tenant || stored.session_hash != session_hashes_[story.cart.owner]) {
        findings_.add(Aspect::tables, title + "is not of " + title_of(owner));
    }
}

// Every receipt is of a merge that was made.
void History::check_receipts() {
    std::set<std::pair<Etag, Text>> made;
    for (const Log& log : logs_) {
        for (const Call& call : log.calls) {
            if (call.operation.kind == Kind::merge && replay_.made_a_version(call)) {
                made.emplace(call.answer.at, call.answer.source);
            }
        }
    }
    for (const auto& [target, merge] : tables_.merges) {
        const auto story = replay_.stories().find(target.cart);
        if (!made.contains({target, merge.source}) &&
            (story == replay_.stories().end() || !story->second.is_broken)) {
            findings_.add(Aspect::tables, "a receipt of no merge, into " + target.str());
        }
    }
}

// Each link is opened by one call at most, and the tables know of it.
void History::check_links() {
    std::map<std::string, int> openings;
    for (const Log& log : logs_) {
        for (const Call& call : log.calls) {
            if (call.operation.kind == Kind::link_open && claim_of(call) == Claim::sure &&
                ++openings[call.operation.link] > 1) {
                found(Aspect::once, call, "the link was opened before");
            }
            if (!call.answer.link.empty() && !tables_.links.contains(call.answer.link)) {
                found(Aspect::tables, call, "the link is gone");
            }
        }
    }
    for (const auto& [secret, link] : tables_.links) {
        if (link.is_opened != openings.contains(secret)) {
            findings_.add(Aspect::once,
                          "a link to " + link.cart.str() + " was " +
                              (link.is_opened ? "opened by no call" : "not marked as opened"));
        }
    }
    if (tables_.unknown_links_opened > 0) {
        findings_.add(Aspect::once, "links that nobody was told of have been opened");
    }
}

// A merged cart's lines stand in the cart that it went into.
void History::check_quantities() {
    const bool is_known = std::ranges::none_of(
        replay_.stories(), [](const auto& each) { return each.second.is_broken; });
    if (!is_known) {
        return;  // reported
    }
    Ledger stored;
    for (const auto& [id, cart] : tables_.carts) {
        if (cart.content.status.str() != "merged") {
            stored.add(cart.tenant, cart.content);
        }
    }
    if (const std::string text = replay_.ledger().difference(stored); !text.empty()) {
        findings_.add(Aspect::quantities, text);
    }
}

}  // namespace cart::torture
