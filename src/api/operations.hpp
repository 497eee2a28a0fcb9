// The operations of cart_apply, read from JSON.
#pragma once

#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/edit.hpp"
#include "api/items.hpp"

namespace cart::api {

struct AddOperation {
    GivenItem item;
};
struct RemoveOperation {
    core::ItemKey key;
};
struct ClearOperation {};
struct SetOperation {
    const Jsonb* changes;
};
struct DiscountOperation {
    const Jsonb* discount;  // nullptr: lifts it
};
struct CodeOperation {
    std::string code;
};
using Operation = std::variant<AddOperation, LineUpdate, RemoveOperation, ClearOperation,
                               SetOperation, DiscountOperation, CodeOperation>;

// What cart_update is asked for. Throws Error(quantity_invalid), Error(item_invalid) unless
// `changes` is an object or nullptr.
[[nodiscard]] LineUpdate line_update(const core::ItemKey& key,
                                     const std::optional<std::string_view>& quantity,
                                     const Jsonb* changes);

// What cart_set is asked for. Throws Error(invalid_parameter) unless it is an object.
[[nodiscard]] const Jsonb* cart_changes(const Jsonb* changes);

// A discount code. Throws Error(invalid_parameter) for none, an empty or a very long one.
[[nodiscard]] std::string_view discount_code(const std::optional<std::string_view>& code);

// Reads them all before one is run. Errors tell the index of the operation at fault. Throws
// Error(invalid_parameter) for what is no operation, and what the operations' calls throw.
[[nodiscard]] std::pmr::vector<Operation> read_operations(const Jsonb* operations,
                                                          const core::MatchOn& match_on,
                                                          std::pmr::memory_resource* memory);

// Whether the operation makes the cart where there is none.
[[nodiscard]] bool makes_cart(const Operation& operation);

// Runs them in their order; nothing: there is no cart.
void run(std::span<const Operation> operations, std::optional<CartEdit>& edit);

}  // namespace cart::api
