// What turned out wrong, by aspect. Each aspect is one test of the output.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace cart::torture {

enum class Aspect : unsigned char {
    refusals,
    deadlocks,
    versions,
    answers,
    order,
    tables,
    owners,
    keys,
    once,
    quantities
};
inline constexpr int aspects = 10;

[[nodiscard]] inline const char* name_of(Aspect aspect) {
    constexpr std::array<const char*, aspects> names = {
        "calls are refused only where they have to be",
        "no call that is its own transaction meets a deadlock",
        "each version of a cart is made by exactly one call",
        "every answer equals the model",
        "what was acknowledged is seen ever after",
        "the tables equal the model",
        "every cart is its owner's, and no owner has two active ones",
        "every idempotency key runs exactly once",
        "every hold, draft, link and order_ref is taken once",
        "every quantity is in one cart or order",
    };
    return names[static_cast<std::size_t>(aspect)];
}

class Findings {
  public:
    void add(Aspect aspect, std::string text) {
        auto& found = found_[static_cast<std::size_t>(aspect)];
        ++found.count;
        if (found.examples.size() < most_examples) {
            found.examples.push_back(std::move(text));
        }
    }
    struct Found {
        int count = 0;
        std::vector<std::string> examples = {};
    };
    [[nodiscard]] const Found& of(Aspect aspect) const {
        return found_[static_cast<std::size_t>(aspect)];
    }

  private:
    static constexpr std::size_t most_examples = 4;
    std::array<Found, aspects> found_;
};

}  // namespace cart::torture
