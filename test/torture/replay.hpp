// The history of all carts, made again call by call on the model.
//
// Each acknowledged call that changed a cart claims one version of it. The replay goes through a
// cart's versions in order, lets the model do what the claiming call did, and holds every answer
// that showed the cart at that version against the model. A call that moves carts may make a
// version of another one, too, by the way: the replay of one waits for the other there.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <vector>

#include "torture/client.hpp"
#include "torture/findings.hpp"
#include "torture/ledger.hpp"

namespace cart::torture {

// Calls of one transaction from its first change on, some of which were rolled back. They saw a
// cart that only the transaction saw.
struct Branch {
    Etag from = {};  // what the cart was committed as before
    std::vector<Step> steps = {};
    int client = 0;
};

// When a version came to be, and what others can have seen of it.
struct Event {
    std::int64_t version = 0;
    const Call* call = nullptr;
    int owner = -1;
    Text status = {};
    Text currency = {};
    Text order_ref = {};
    bool is_empty = false;
    bool can_be_ordered = false;
};

// One cart's history.
struct Story {
    std::map<std::int64_t, std::vector<const Call*>> answers = {};  // by version
    std::map<std::int64_t, std::vector<const Call*>> refused = {};  // of private owners, by base
    std::multimap<std::int64_t, Branch> branches = {};
    std::map<std::int64_t, std::vector<const Call*>> sides = {};  // made by the way

    Cart cart = {};  // the model, at this version:
    std::int64_t version = 0;
    std::vector<Event> events = {};
    bool is_broken = false;  // cannot go on; that is reported
    bool is_in_progress = false;
};

class Replay {
  public:
    Replay(const Scene& scene, const std::vector<Log>& logs, Findings& findings)
        : scene_(scene), logs_(logs), findings_(findings) {}

    // First all that happened, then run().
    void add(const Call& call);
    void add_refused(const Call& call);
    void add_branch(const Branch& branch);
    void run();

    [[nodiscard]] const std::map<Text, Story>& stories() const { return stories_; }
    [[nodiscard]] bool made_a_version(const Call& call) const { return makers_.contains(&call); }
    [[nodiscard]] const Ledger& ledger() const { return ledger_; }

  private:
    // Version by version: replay.cpp
    [[nodiscard]] Cart new_cart(int owner) const;
    void add_listed(const Call& list, const Etag& etag, const Content& content);
    static bool has_more(const Story& story);
    void check_gap(Story& story);
    bool advance(Text id);
    static std::vector<const Call*> sure_makers(const Story& story, std::int64_t version);
    const Call* next_maker(const Story& story);
    const Call* try_possible(const Story& story, std::int64_t version) const;
    static bool may_have_found_none(const Story& story, const Call& call);
    bool agrees(const Story& story, const Cart& cart, const Call& maker) const;
    void arrive(Story& story, const Call* maker);
    void check_order(const Story& story);
    void found(Aspect aspect, const Call& call, const std::string& text);
    std::string last_versions(Text id);
    [[nodiscard]] std::string answered_at(const Story& story, const Event& event) const;

    // What a call makes of its carts: making.cpp
    bool make(Text id, Story& story, const Call& call);
    void make_simply(Story& story, const Call& call);
    bool make_join(Text id, Story& story, const Call& call);
    void give_first(Story& story, const Call& call);
    bool make_unmerge(Story& story, const Call& call);
    bool make_move(Text id, Story& story, const Call& call);
    void make_way_for(Text id, Story& story, Story* side, const Call& call);
    void check_source(const Story& source, const Call& call);
    void check_owner(const Story& story, const Call& call);
    void check_base(const Etag& active, const Call& call);
    Story* waiting_side(const Call& call);
    void keep_account(const Call& call, const Content& before, const Content& source,
                      const Content& after);

    // What an answer must be: judging.cpp
    void check_answer(const Story& story, const Call& call, bool is_maker);
    void check_moved(const Story& story, const Call& call, bool is_maker);
    void check_etag(const Story& story, const Call& call, bool is_maker);
    void check_changes(const Call& call, const Content& before, const Content& after);
    void check_refused(const Cart& cart, const Etag& at, const Call& call);
    void check_branch(const Story& story, const Branch& branch);
    bool check_step(Cart& cart, Etag& at, const Call& call);

    const Scene& scene_;
    const std::vector<Log>& logs_;
    Findings& findings_;
    std::map<Text, Story> stories_;
    std::set<const Call*> makers_;
    std::set<const Call*> reported_;               // as one of several makers of a version
    std::map<const Call*, Content> before_merge_;  // the target's
    std::set<Text> told_;                          // carts whose versions stand in a finding
    std::deque<Call> listed_;
    Ledger ledger_;
};

}  // namespace cart::torture
