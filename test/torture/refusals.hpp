// Whether calls that move carts were refused for a reason. Carts that all use change all the time:
// some state that the cart can have had while the call was made must be a reason.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "torture/replay.hpp"

namespace cart::torture {

class Refusals {
  public:
    // When the replay has run.
    Refusals(const Replay& replay, const std::vector<Log>& logs);

    // What is wrong with the refusal, or with the reason why a link was not opened; empty: nothing.
    [[nodiscard]] std::string complaint(const Call& call) const;

  private:
    struct Link {
        Text cart = {};
        std::vector<const Call*> openings = {};
    };
    using Fits = std::function<bool(const Event&)>;
    [[nodiscard]] bool can_have_been(const Call& call, Text cart, const Fits& fits) const;
    [[nodiscard]] bool is_not_found(const Call& call) const;
    [[nodiscard]] bool has_wrong_status(const Call& call) const;
    [[nodiscard]] bool has_rival(const Call& call) const;
    [[nodiscard]] bool leads_nowhere(const Call& call) const;
    [[nodiscard]] bool is_refused_rightly(const Call& call) const;
    [[nodiscard]] bool is_left_rightly(const Call& call) const;

    const Replay& replay_;
    std::map<std::string, Link> links_;
};

}  // namespace cart::torture
