#include "torture/breaks.hpp"

#include <algorithm>
#include <array>

#include "torture/claims.hpp"

namespace cart::torture {

namespace {

Call& find_call(std::vector<Log>& logs, auto fits) {
    for (Log& log : logs) {
        const auto call = std::ranges::find_if(log.calls, fits);
        if (call != log.calls.end()) {
            return *call;
        }
    }
    throw NothingToBreak();
}

bool is_plain_add(const Call& call) {
    return call.operation.kind == Kind::add && call.is_answered() && !call.is_undone &&
           !call.answer.is_replayed && call.answer.content;
}

// An add whose cart was changed and seen again later.
Call& find_early_add(std::vector<Log>& logs) {
    std::map<Text, std::int64_t> latest;
    for (const Log& log : logs) {
        for (const Call& call : log.calls) {
            if (is_plain_add(call)) {
                auto& version = latest[call.answer.at.cart];
                version = std::max(version, call.answer.at.version);
            }
        }
    }
    return find_call(logs, [&](const Call& call) {
        return is_plain_add(call) && call.answer.at.version < latest[call.answer.at.cart];
    });
}

Call& find_refused(std::vector<Log>& logs) {
    return find_call(logs, [](const Call& call) {
        return call.outcome == Reply::Outcome::refused && !call.is_own_fault;
    });
}

void change_first_line(Record& record) {
    const auto cart = std::ranges::find_if(
        record.tables.carts, [](const auto& each) { return !each.second.content.lines.empty(); });
    if (cart == record.tables.carts.end()) {
        throw NothingToBreak();
    }
    cart->second.content.lines.front().quantity += 1;
}

// Somebody was told, too, that this call was made by it: under another name, a version later.
void make_again(std::vector<Log>& logs, Kind kind, std::int64_t later) {
    Call copy = find_call(logs, [kind](const Call& call) {
        return call.operation.kind == kind && call.is_answered() && claim_of(call) == Claim::sure;
    });
    copy.key.clear();
    copy.answer.at.version += later;
    copy.answer.written = {{.at = copy.answer.at, .status = {}}};
    copy.client = static_cast<int>(logs.size()) - 1;
    copy.number = static_cast<int>(logs.back().calls.size());
    logs.back().calls.push_back(copy);
}

void lose_line(Record& record) {
    const auto cart = std::ranges::find_if(record.tables.carts, [](const auto& each) {
        return each.second.content.status.str() == "checkout";
    });
    if (cart == record.tables.carts.end()) {
        throw NothingToBreak();
    }
    cart->second.content.lines.pop_back();
}

constexpr std::array<Break, 12> all_breaks = {{
    {"refusal", Aspect::refusals, [](Record& r) { find_refused(r.logs).sqlstate = "XX000"; }},
    {"deadlock", Aspect::deadlocks, [](Record& r) { find_refused(r.logs).sqlstate = "40P01"; }},
    {"history", Aspect::versions, [](Record& r) { find_early_add(r.logs).answer.at = Etag(); }},
    {"answer", Aspect::answers,
     [](Record& r) {
         find_call(r.logs, is_plain_add).answer.content->lines.front().quantity += 1;
     }},
    {"order", Aspect::order,
     [](Record& r) { find_early_add(r.logs).began = Clock::time_point::max(); }},
    {"table", Aspect::tables, change_first_line},
    {"owner", Aspect::owners, [](Record& r) { r.tables.owners_with_two.emplace_back("u1"); }},
    {"key", Aspect::keys,
     [](Record& r) {
         const auto is_keyed = [](const Call& call) {
             return is_plain_add(call) && !call.key.empty();
         };
         r.tables.requests.erase(find_call(r.logs, is_keyed).key);
     }},
    {"completion", Aspect::once, [](Record& r) { make_again(r.logs, Kind::complete, 1); }},
    {"hold", Aspect::once, [](Record& r) { make_again(r.logs, Kind::resume, 0); }},
    {"link", Aspect::once, [](Record& r) { make_again(r.logs, Kind::link_open, 0); }},
    {"draft", Aspect::quantities, lose_line},
}};

}  // namespace

std::span<const Break> breaks() { return all_breaks; }

const Break* find_break(const std::string& name) {
    const auto* found = std::ranges::find(all_breaks, name, &Break::name);
    return found == all_breaks.end() ? nullptr : found;
}

}  // namespace cart::torture
