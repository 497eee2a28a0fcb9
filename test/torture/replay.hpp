// The history of all carts, made again call by call on the model.
//
// Each acknowledged call that changed a cart claims one version of it. The replay goes through a
// cart's versions in order, lets the model do what the claiming call did, and holds every answer
// that showed the cart at that version against the model. A merge reads another cart: the replay of
// one waits for the other there.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "torture/client.hpp"
#include "torture/findings.hpp"

namespace cart::torture {

// Calls of one transaction from its first change on, some of which were rolled back. They saw a
// cart that only the transaction saw.
struct Branch {
    Etag from = {};  // what the cart was committed as before
    std::vector<Step> steps = {};
    int client = 0;
};

// When a version came to be.
struct Event {
    std::int64_t version = 0;
    const Call* call = nullptr;
};

// One cart's history.
struct Story {
    std::map<std::int64_t, std::vector<const Call*>> answers = {};  // by version
    std::map<std::int64_t, std::vector<const Call*>> refused = {};  // of private owners, by base
    std::multimap<std::int64_t, Branch> branches = {};
    // Merges of this cart into others, each followed by its undoing, in order: these versions are
    // in no answer.
    std::vector<const Call*> leaving = {};
    std::size_t left = 0;

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

  private:
    void arrange_leaving();
    void check_gap(Story& story);
    bool advance(Text id);
    const Call* next_maker(Story& story);
    const Call* try_possible(const Story& story, std::int64_t version) const;
    bool agrees(const Story& story, const Cart& cart, const Call& maker) const;
    bool make(Text id, Story& story, const Call& call);
    void make_simply(Story& story, const Call& call);
    bool make_merge(Text id, Story& story, const Call& call);
    bool make_unmerge(Story& story, const Call& call);
    Story* waiting_source(Text source, const Call& call);
    void leave(Story& story, const Call& call);
    void arrive(Story& story, const Call* maker);
    void check_answer(const Story& story, const Call& call, bool is_maker);
    void check_etag(const Story& story, const Call& call, bool is_maker);
    void check_changes(const Call& call, const Content& before, const Content& after);
    void check_refused(const Cart& cart, const Etag& at, const Call& call);
    void check_branch(const Story& story, const Branch& branch);
    bool check_step(Cart& cart, Etag& at, const Call& call);
    void check_order(const Story& story);
    void found(Aspect aspect, const Call& call, const std::string& text);

    const Scene& scene_;
    const std::vector<Log>& logs_;
    Findings& findings_;
    std::map<Text, Story> stories_;
    std::set<const Call*> makers_;
    std::map<const Call*, Content> before_merge_;  // the target's
};

}  // namespace cart::torture
