// All that the clients did and were told, against the model and against the tables.
#pragma once

#include <string>
#include <vector>

#include "torture/client.hpp"
#include "torture/findings.hpp"
#include "torture/replay.hpp"
#include "torture/tables.hpp"

namespace cart::torture {

struct Counts {
    int answered = 0;
    int refused = 0;
    int replayed = 0;
    int undone = 0;
    int lost = 0;
    int recovered = 0;  // lost, but made, as the tables tell
};

class History {
  public:
    History(const Scene& scene, std::vector<Log>& logs, Tables& tables,
            const std::vector<Text>& session_hashes)
        : scene_(scene),
          logs_(logs),
          tables_(tables),
          session_hashes_(session_hashes),
          replay_(scene, logs, findings_) {}

    void check();
    [[nodiscard]] const Findings& findings() const { return findings_; }
    [[nodiscard]] const Replay& replay() const { return replay_; }

  private:
    void resolve_transactions();
    void resolve_lost();
    void recover(Call& call);
    void check_each();
    void check_refusal(const Call& call);
    void check_moves();
    void add_branches(const Log& log, int client);
    void check_keys();
    void check_key(const std::string& key, const std::vector<const Call*>& calls);
    void check_tables();
    void check_cart(Text id, const Story& story);
    void check_receipts();
    void check_links();
    void check_quantities();
    void found(Aspect aspect, const Call& call, const std::string& text);

    const Scene& scene_;
    std::vector<Log>& logs_;
    Tables& tables_;
    const std::vector<Text>& session_hashes_;
    Findings findings_;
    Replay replay_;
    std::set<const Call*> in_branch_;
};

// Every key that a call carried.
[[nodiscard]] std::vector<std::string> keys_of(const std::vector<Log>& logs);
// The secret of every link that was made.
[[nodiscard]] std::vector<std::string> links_of(const std::vector<Log>& logs);
// What happened to the calls of each kind.
[[nodiscard]] std::map<Kind, Counts> count(const std::vector<Log>& logs);

}  // namespace cart::torture
