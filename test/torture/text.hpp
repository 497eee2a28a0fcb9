// Texts kept once each under small numbers, so that what a hundred thousand answers said fits into
// memory and is compared at once. They live as long as the program. Any thread may make one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cart::torture {

class Text {
  public:
    Text() = default;  // the empty text, and nothing
    explicit Text(std::string_view text);

    [[nodiscard]] const std::string& str() const;
    [[nodiscard]] bool empty() const { return number_ == 0; }
    friend auto operator<=>(const Text&, const Text&) = default;

  private:
    std::uint32_t number_ = 0;
};

}  // namespace cart::torture
