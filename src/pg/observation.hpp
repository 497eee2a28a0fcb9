// Calls of SQL functions, for whoever watches them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cart::pg {

// A SQL function, as it is watched. To be a static object: CART_FUNCTION makes it.
class Operation {
  public:
    explicit Operation(const char* name) noexcept : name_(name), number_(count_++), next_(all_) {
        all_ = this;
    }

    [[nodiscard]] const char* name() const noexcept { return name_; }
    // From 0 on, without a gap, and the same in all processes of a server.
    [[nodiscard]] std::size_t number() const noexcept { return number_; }

    [[nodiscard]] static const Operation* first() noexcept { return all_; }
    [[nodiscard]] const Operation* next() const noexcept { return next_; }

  private:
    static inline const Operation* all_ = nullptr;
    static inline std::size_t count_ = 0;

    const char* name_;
    std::size_t number_;
    const Operation* next_;
};

// One call that is watched, from its begin to its end.
class Observation {
  public:
    explicit Observation(const Operation& operation) noexcept;
    ~Observation() { current_ = outer_; }
    Observation(const Observation&) = delete;
    Observation& operator=(const Observation&) = delete;

    // Tell the observer; one of them, once. What it throws at a success is the call's error.
    void succeeded() const;
    void failed(int sqlstate) const noexcept;

    [[nodiscard]] const Operation& operation() const noexcept { return operation_; }
    [[nodiscard]] std::int64_t nanoseconds() const noexcept;
    // Whom the call is for, as far as it came to know; empty: nobody.
    [[nodiscard]] const std::string& user() const noexcept { return user_; }
    [[nodiscard]] const std::string& session() const noexcept { return session_; }

    // For the call that is under way, to be told by it. Costs nothing where nobody wants to know.
    static void note_user(std::string_view user);
    static void note_session(std::string_view token);

  private:
    static inline Observation* current_ = nullptr;

    const Operation& operation_;
    Observation* outer_;
    std::int64_t began_;
    std::string user_;
    std::string session_;
};

// Who is told.
struct Observer {
    // `sqlstate` is 0 where the call succeeded. After a failure, what it throws is lost.
    void (*ended)(const Observation& call, int sqlstate) = nullptr;
    // Whether it wants to know for whom calls are.
    bool (*wants_identities)() noexcept = nullptr;
};
void set_observer(const Observer& wanted) noexcept;

}  // namespace cart::pg
