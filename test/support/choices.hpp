// A stream of choices from bytes. RapidCheck and libFuzzer both make bytes, so that one set of
// generators serves both; and where bytes become fewer or smaller, what is generated from them
// becomes simpler, so that both can shrink it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>

namespace cart::test {

class Choices {
  public:
    explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    // A number below `n`, which is at most 256. 0 when the bytes are used up.
    std::size_t below(std::size_t n) { return n == 0 ? 0 : byte() % n; }
    // True once in `n` times. False when the bytes are used up.
    bool one_in(std::size_t n) { return below(n) == n - 1; }

    template <typename List>
    const auto& pick(const List& list) {
        return *std::next(std::begin(list), static_cast<std::ptrdiff_t>(below(std::size(list))));
    }

    template <typename List>
    void shuffle(List& list) {
        for (std::size_t i = std::size(list); i > 1; --i) {
            // No choices left: as it was.
            const std::size_t other = i - 1 - below(i < 256 ? i : 256);
            std::swap(list[i - 1], list[other]);
        }
    }

    [[nodiscard]] bool used_up() const { return at_ >= bytes_.size(); }

  private:
    std::uint8_t byte() { return used_up() ? 0 : bytes_[at_++]; }

    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

}  // namespace cart::test
