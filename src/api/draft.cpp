#include "api/draft.hpp"

namespace cart::api {

void write(const store::Cart& cart, std::span<const Draft> drafts, std::int64_t last_position,
           const store::Circumstances& now) {
    for (const Draft& draft : drafts) {
        if (draft.is_dropped()) {
            if (draft.stands) {
                store::items::remove(cart, std::span(&draft.row.key, 1));
            }
        } else if (draft.is_changed && draft.stands) {
            store::items::update(cart, draft.row, now);
        } else if (draft.is_changed) {
            const std::int64_t position = draft.position ? *draft.position : ++last_position;
            store::items::insert(cart, draft.row, position, now, draft.added_at);
        }
    }
}

}  // namespace cart::api
