// The one way into the server.
//
// A server error is a longjmp, which skips C++ destructors. guarded() runs a call into the server,
// catches that jump, and throws a ServerError that carries the whole error: SQLSTATE, message,
// detail, hint, context, and the names of schema, table, column and constraint. call_sql() in
// function.hpp turns it into the same server error again, after the last catch block has been left.
//
// A caught server error must always go on to the boundary: the server's state is that of a failed
// statement until the transaction, or the subtransaction, is rolled back.
#pragma once

#include <exception>
#include <string>
#include <type_traits>
#include <utility>

#include "pg/fault.hpp"
#include "pg/server.hpp"

namespace cart::pg {

class ServerError final : public std::exception {
  public:
    // `data` lives as long as the current (sub)transaction; nullptr: memory ran out while the
    // error was being copied.
    explicit ServerError(ErrorData* data) noexcept : data_(data) {}

    [[nodiscard]] const char* what() const noexcept override;
    [[nodiscard]] ErrorData* data() const noexcept { return data_; }

  private:
    ErrorData* data_;
};

// Runs `call(argument)`; throws ServerError if it raises a server error. `call` lets no C++
// exception out. Use guarded().
void run_guarded(void (*call)(void*), void* argument);

// Runs `call`, a lambda around calls into the server, and gives its result. Its body must own
// nothing that needs a destructor. A C++ exception thrown inside passes.
template <typename Call>
auto guarded(Call&& call) -> std::invoke_result_t<Call&> {
    using Result = std::invoke_result_t<Call&>;
    if constexpr (std::is_void_v<Result>) {
        fault::before_call();
        std::exception_ptr escaped;
        auto run = [&call, &escaped] {
            try {
                fault::inside_call();
                call();
            } catch (...) {
                escaped = std::current_exception();
            }
        };
        run_guarded([](void* argument) { (*static_cast<decltype(run)*>(argument))(); }, &run);
        if (escaped) {
            std::rethrow_exception(escaped);
        }
    } else {
        static_assert(std::is_trivially_copyable_v<Result>,
                      "a result that needs a destructor would be lost by an error");
        Result result{};
        guarded([&] { result = call(); });
        return result;
    }
}

// Raises a server error, as a ServerError on its way to the boundary. `detail` and `hint` may be
// empty.
[[noreturn]] void raise(int sqlstate, const std::string& message, const std::string& detail = {},
                        const std::string& hint = {});

}  // namespace cart::pg
