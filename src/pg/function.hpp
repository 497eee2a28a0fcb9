// Functions that SQL can call.
//
//     CART_FUNCTION(cart_get) {
//         const auto id = call.uuid(3);
//         …
//         return call.null();
//     }
//
// CART_FUNCTION declares and exports the function and puts the boundary around its body: whatever
// the body throws becomes a server error with its SQLSTATE, detail and hint, raised after every
// C++ object of the call is gone. Whoever watches calls is told of each. CART_QUIET_FUNCTION is for
// those that others call row by row, triggers and what row security asks: nobody is told of them.
#pragma once

#include <optional>
#include <string_view>

#include "core/decimal.hpp"
#include "pg/memory.hpp"
#include "pg/observation.hpp"
#include "pg/server.hpp"
#include "pg/values.hpp"

extern "C" {
#include "utils/jsonb.h"
}

namespace cart::pg {

// One call of a SQL function: its arguments, and the memory for its answer.
class Call {
  public:
    explicit Call(FunctionCallInfo info) noexcept
        : info_(info),
          memory_(CurrentMemoryContext),
          context_(CurrentMemoryContext),
          user_(GetUserId()) {}

    // Arguments, by their place. Nothing where the argument is NULL.
    [[nodiscard]] bool is_null(int place) const noexcept { return info_->args[place].isnull; }
    [[nodiscard]] Datum datum(int place) const noexcept { return info_->args[place].value; }
    [[nodiscard]] std::optional<std::string_view> text(int place) const;
    [[nodiscard]] Jsonb* jsonb(int place) const;  // nullptr for NULL
    [[nodiscard]] std::optional<Uuid> uuid(int place) const;
    // A numeric in plain notation, so that core reads and judges it.
    [[nodiscard]] std::optional<std::string_view> number(int place) const;
    // A text[], without NULL elements: they are refused with 22023.
    [[nodiscard]] std::optional<std::pmr::vector<std::string_view>> texts(int place);
    [[nodiscard]] std::optional<Oid> oid(int place) const;
    // An interval in seconds, a month counted as 30 days.
    [[nodiscard]] std::optional<std::int64_t> seconds(int place) const;

    [[nodiscard]] Datum null() const noexcept {
        info_->isnull = true;
        return Datum{0};
    }

    // Lives as long as the answer.
    [[nodiscard]] std::pmr::memory_resource* memory() noexcept { return &memory_; }
    [[nodiscard]] MemoryContext context() const noexcept { return context_; }
    [[nodiscard]] FunctionCallInfo info() const noexcept { return info_; }
    // Who calls: the current user, before the call acts as anybody else.
    [[nodiscard]] Oid user() const noexcept { return user_; }
    // The function's own oid, by which the extension finds its schema.
    [[nodiscard]] Oid function() const noexcept { return info_->flinfo->fn_oid; }

  private:
    FunctionCallInfo info_;
    ContextResource memory_;
    MemoryContext context_;
    Oid user_;
};

using Body = Datum (*)(Call&);

// Runs the body inside the boundary. Raises a server error instead of returning if it throws.
Datum call_sql(FunctionCallInfo info, Body body, const Operation* operation);

}  // namespace cart::pg

#define CART_FUNCTION(name)                                   \
    static const cart::pg::Operation name##_operation(#name); \
    CART_FUNCTION_OF(name, &name##_operation)

#define CART_QUIET_FUNCTION(name) CART_FUNCTION_OF(name, nullptr)

#define CART_FUNCTION_OF(name, operation)                                                       \
    extern "C" {                                                                                \
    PGDLLEXPORT Datum name(PG_FUNCTION_ARGS);                                                   \
    PG_FUNCTION_INFO_V1(name);                                                                  \
    }                                                                                           \
    static Datum name##_body(cart::pg::Call& call);                                             \
    Datum name(PG_FUNCTION_ARGS) { return cart::pg::call_sql(fcinfo, name##_body, operation); } \
    static Datum name##_body([[maybe_unused]] cart::pg::Call& call)
