// Changing a cart: what the single calls do, and what cart_apply does several times.
#pragma once

#include <list>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/answer.hpp"
#include "api/draft.hpp"
#include "api/lines.hpp"
#include "api/once.hpp"
#include "core/change.hpp"

namespace cart::api {

// What a line is to become.
struct LineUpdate {
    core::ItemKey key;
    std::optional<core::Decimal> quantity;  // zero takes the line out; nothing: as it was
    const Jsonb* changes;                   // an object laid over the item, or nullptr
};

// A cart that this transaction has locked, while a call changes it. The cart's version rises with
// the first change, and once. Errors of an operation are those of its call.
class CartEdit {
  public:
    CartEdit(const Writing& writing, const store::carts::Taken& taken)
        : writing_(writing),
          taken_(taken),
          memory_(writing.call.memory()),
          changes_(memory_),
          product_ids_(memory_) {}

    void add(std::span<const GivenItem> items);
    void update(const LineUpdate& given);
    void remove(const core::ItemKey& key);
    void clear();
    // Members of cart_set: currency, label, metadata. Throws Error(invalid_parameter),
    // Error(currency_mismatch).
    void set(const Jsonb* changes);

    // Sets the cart's discount, or lifts it (nullptr). Throws Error(invalid_parameter).
    void set_discount(const Jsonb* discount);
    // Asks the tenant's resolver what the code is worth, and sets that as the cart's discount.
    // Throws Error(code_refused).
    void apply_code(std::string_view code);
    // Prices and availability of all lines by the catalogue; what is unavailable is dropped.
    void reprice();

    [[nodiscard]] const store::Cart& cart() const noexcept { return taken_.cart; }
    [[nodiscard]] bool has_catalog() const noexcept { return writing_.rules->catalog.has_value(); }
    // Whether the cart was made for this call, and is as empty as it was made.
    [[nodiscard]] bool is_unused() const noexcept { return taken_.is_new && !has_written_; }
    // One entry for each line that was touched.
    [[nodiscard]] std::pmr::vector<core::LineChange> changes() const {
        return core::fold(changes_, memory_);
    }
    // The line that was touched last, as it now is.
    [[nodiscard]] std::optional<LineAnswer> last_line() const;

  private:
    // Adds to the changes. Copies the product_id, which may not live as long.
    void note(core::LineChange change);
    [[nodiscard]] std::optional<store::StoredLine> find(const core::ItemKey& key) const;
    // Raises the version, once, before the first write.
    void begin_writing();
    void take_out(const store::StoredLine& line);
    void rewrite(const store::StoredLine& before, Draft& draft);
    void move(const store::StoredLine& before, const Draft& draft);
    void check_limits(const GivenItem& item) const;
    // What belongs to the cart is bounded like an item.
    void check_size(const Jsonb* document, const char* message) const;

    const Writing& writing_;
    store::carts::Taken taken_;
    std::pmr::memory_resource* memory_;
    std::pmr::vector<core::LineChange> changes_;
    std::pmr::list<std::pmr::string> product_ids_;
    bool has_written_ = false;
};

// Error(item_not_in_cart).
[[nodiscard]] core::Error not_in_cart(const core::ItemKey& key);

}  // namespace cart::api
