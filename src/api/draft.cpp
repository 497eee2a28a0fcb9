#include "api/draft.hpp"

#include <vector>

namespace cart::api {

Draft standing(const store::StoredLine& line) {
    return {.row = {.key = line.key,
                    .product_id = line.product_id,
                    .quantity = line.quantity,
                    .unit_price = line.unit_price,
                    .item = line.item,
                    .place = line.place},
            .change = {.key = line.key,
                       .product_id = line.product_id,
                       .action = core::Action::kept,
                       .quantity_before = line.quantity,
                       .quantity_after = line.quantity,
                       .price_before = line.unit_price,
                       .price_after = line.unit_price},
            .stands = true,
            .is_changed = false};
}

void write(const store::Cart& cart, std::span<const Draft> drafts, std::int64_t last_position,
           const store::Circumstances& now) {
    std::vector<store::NewLine> lines;
    for (const Draft& draft : drafts) {
        if (draft.is_dropped()) {
            if (draft.stands) {
                store::items::remove(cart, std::span(&draft.row.key, 1));
            }
        } else if (draft.is_changed && draft.stands) {
            store::items::update(cart, draft.row, now);
        } else if (draft.is_changed) {
            lines.push_back({.row = draft.row,
                             .position = draft.position ? *draft.position : ++last_position,
                             .added_at = draft.added_at});
        }
    }
    store::items::insert(cart, lines, now);
}

}  // namespace cart::api
