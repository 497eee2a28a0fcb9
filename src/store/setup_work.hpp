// What the parts of cart_setup() share: running DDL, noting it, and refusing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pg/spi.hpp"

namespace cart::store {

// The notes, for people, of what was done.
class SetupWork {
  public:
    void run(const std::string& sql, std::string note) {
        (void)pg::run_once(sql);
        this->note(std::move(note));
    }
    void note(std::string note) { notes_.push_back(std::move(note)); }
    [[nodiscard]] std::vector<std::string> take_notes() { return std::move(notes_); }

  private:
    std::vector<std::string> notes_;
};

// The first row, if there is one.
[[nodiscard]] std::optional<pg::Row> look_up(const std::string& sql);

// As SQL writes an identifier, or a text.
[[nodiscard]] std::string quoted_name(std::string_view name);
[[nodiscard]] std::string quoted_text(std::string_view text);

// Raises 42501: schema or table is another role's.
[[noreturn]] void refuse_foreign(const std::string& what, std::string_view actual_owner);

}  // namespace cart::store
