// Errors that a cart can be asked into: the conditions of class KC.
//
// Core throws them, the api turns them into SQLSTATEs. The message is for people, the detail is
// one JSON object for programs, the hint says what to do.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cart::core {

// The number is the one in the SQLSTATE: 4 is KC004.
enum class ErrorCode {
    cart_not_found = 1,
    version_conflict = 2,
    idempotency_key_reused = 3,
    item_invalid = 4,
    quantity_invalid = 5,
    cart_not_active = 6,
    limit_exceeded = 7,
    rate_limited = 8,
    currency_mismatch = 9,
    item_unavailable = 10,
    owner_missing = 11,
    not_set_up = 12,
    total_changed = 13,
    item_not_in_cart = 14,
    code_refused = 15,
    // Not of class KC: a parameter outside its values, 22023.
    invalid_parameter = 100,
    // Nor of it: what the caller may not do, 42501.
    not_allowed = 101,
};

// Builds the JSON object of an error's detail. Values from outside are cut to a sane length.
class Detail {
  public:
    // A string value; more than `max_text` bytes are cut, at a character, and end in "…".
    Detail& text(std::string_view name, std::string_view value);
    // A value that is JSON already, as the sender wrote it. Cut like text, and then a string.
    Detail& json(std::string_view name, std::string_view value);
    Detail& number(std::string_view name, long long value);
    // A value that is JSON of our own making. Never cut.
    Detail& document(std::string_view name, std::string_view json);
    [[nodiscard]] std::string str() const;

    static constexpr std::size_t max_text = 200;

  private:
    void name(std::string_view name);
    std::string members_;
};

class Error : public std::exception {
  public:
    Error(ErrorCode code, std::string message, const Detail& detail = {}, std::string hint = {})
        : code_(code),
          message_(std::move(message)),
          detail_(detail.str()),
          hint_(std::move(hint)) {}

    [[nodiscard]] ErrorCode code() const noexcept { return code_; }
    [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }
    [[nodiscard]] const std::string& message() const noexcept { return message_; }
    // A JSON object; empty where there is nothing to tell.
    [[nodiscard]] std::string detail() const;
    [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

    // Says where in a list the error was found: {"index": …} in the detail. Of lists within lists,
    // the outermost counts.
    void add_index(std::size_t index) { index_ = index; }
    [[nodiscard]] std::optional<std::size_t> index() const noexcept { return index_; }

  private:
    ErrorCode code_;
    std::string message_;
    std::string detail_;
    std::string hint_;
    std::optional<std::size_t> index_;
};

// The same error, found at that index.
[[nodiscard]] inline Error at_index(Error error, std::size_t index) {
    error.add_index(index);
    return error;
}

}  // namespace cart::core
