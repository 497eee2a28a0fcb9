#include "api/lines.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "api/catalog.hpp"
#include "api/draft.hpp"

namespace cart::api {

namespace {

using core::LineChange;
using core::MergedLine;

std::pmr::vector<core::Line> lines_of(std::span<const IncomingItem> items,
                                      std::pmr::memory_resource* memory) {
    std::pmr::vector<core::Line> lines(memory);
    lines.reserve(items.size());
    for (const IncomingItem& item : items) {
        lines.push_back(item.line);
    }
    return lines;
}

void check_sizes(std::span<const IncomingItem> items, const core::MergeRules& rules) {
    const auto& limit = rules.limits.max_item_bytes;
    for (std::size_t i = 0; limit && i < items.size(); ++i) {
        if (items[i].bytes > *limit) {
            throw core::at_index(item_too_large(items[i].bytes, *limit), i);
        }
    }
}

// Makes drafts of what core decided.
class Drafter {
  public:
    Drafter(std::span<const IncomingItem> existing, std::span<const IncomingItem> incoming,
            const core::MergeRules& rules, std::pmr::memory_resource* memory)
        : existing_(existing), incoming_(incoming), rules_(rules), memory_(memory) {}

    [[nodiscard]] Draft draft(MergedLine& line) const {
        const bool is_changed = core::is_changed(line);
        const Jsonb* item = is_changed ? document(line) : compose(line.layers);
        return {.row = {.key = line.key,
                        .product_id = this->item(line.layers.back()).product_id,
                        .quantity = line.quantity,
                        .unit_price = line.unit_price,
                        .item = item,
                        .place = this->item(line.layers.front()).place},
                .change = {.key = line.key,
                           .product_id = this->item(line.layers.back()).product_id,
                           .action = line.action,
                           .quantity_before = line.quantity_before,
                           .quantity_incoming = line.quantity_incoming,
                           .quantity_after = line.quantity,
                           .price_before = line.price_before,
                           .price_after = line.unit_price,
                           .reason = line.reason},
                .index = line.incoming_index,
                .stands = line.quantity_before.has_value(),
                .is_changed = is_changed};
    }

  private:
    [[nodiscard]] const IncomingItem& item(std::size_t layer) const {
        return layer < existing_.size() ? existing_[layer] : incoming_[layer - existing_.size()];
    }

    // Whether what comes in says nothing that the line does not hold already.
    [[nodiscard]] bool adds_nothing(const MergedLine& line, const IncomingItem& first) const {
        const auto others = std::span(line.layers).subspan(1);
        return std::ranges::all_of(others, [&](std::size_t layer) {
            return pg::has_members_of(first.document, item(layer).document, core::belongs_to_line);
        });
    }

    [[nodiscard]] const Jsonb* compose(std::span<const std::size_t> layers) const {
        pg::JsonbBuilder out;
        out.begin_object();
        for (const std::size_t layer : layers) {
            out.members_of(item(layer).document, core::belongs_to_line);
        }
        out.end_object();
        return out.finish();
    }

    // The line's item: its layers, the later over the earlier. Where that would be too large, an
    // existing line stays as it is, or the call is refused.
    [[nodiscard]] const Jsonb* document(MergedLine& line) const {
        const IncomingItem& first = item(line.layers.front());
        if (first.stored != nullptr && adds_nothing(line, first)) {
            return first.stored;
        }
        const Jsonb* composed = compose(line.layers);
        const auto& limit = rules_.limits.max_item_bytes;
        if (line.layers.size() == 1 || !limit) {
            return composed;
        }
        pg::JsonbReader reader(composed, memory_);
        const std::size_t bytes = core::json_bytes(reader);
        if (bytes <= *limit) {
            return composed;
        }
        if (rules_.on_limit == core::OnLimit::refuse) {
            throw core::at_index(item_too_large(bytes, *limit), line.incoming_index.value_or(0));
        }
        line.reason = "max_item_bytes";
        const auto stays = std::ranges::find_if(
            line.layers, [this](std::size_t layer) { return layer < existing_.size(); });
        const std::size_t layer = stays == line.layers.end() ? line.layers.front() : *stays;
        return compose(std::span(&layer, 1));
    }

    std::span<const IncomingItem> existing_;
    std::span<const IncomingItem> incoming_;
    const core::MergeRules& rules_;
    std::pmr::memory_resource* memory_;
};

std::pmr::vector<IncomingItem> incoming(std::span<const store::StoredLine> lines,
                                        std::pmr::memory_resource* memory) {
    std::pmr::vector<IncomingItem> items(memory);
    items.reserve(lines.size());
    for (const store::StoredLine& line : lines) {
        items.push_back(api::incoming(line));
    }
    return items;
}

// The lines of the target that the items match.
std::pmr::vector<IncomingItem> matching(const store::carts::Taken& target,
                                        std::span<const IncomingItem> items,
                                        std::pmr::memory_resource* memory) {
    if (target.is_new) {
        return std::pmr::vector<IncomingItem>(memory);
    }
    std::pmr::vector<core::ItemKey> keys(memory);
    keys.reserve(items.size());
    for (const IncomingItem& item : items) {
        keys.push_back(item.line.key);
    }
    return incoming(store::items::with_keys(target.cart, keys, memory), memory);
}

}  // namespace

core::Error item_too_large(std::size_t bytes, std::size_t limit) {
    return {core::ErrorCode::limit_exceeded, "the item is too large",
            core::Detail()
                .text("limit", "max_item_bytes")
                .number("expected", static_cast<long long>(limit))
                .number("found", static_cast<long long>(bytes))};
}

IncomingItem incoming(const GivenItem& item) {
    return {.line = line_of(item),
            .product_id = item.facts.product_id,
            .document = item.document,
            .bytes = item.facts.bytes};
}

IncomingItem incoming(const store::StoredLine& line) {
    return {.line = {.key = line.key, .quantity = line.quantity, .unit_price = line.unit_price},
            .product_id = line.product_id,
            .document = &line.item->root,
            .bytes = 0,
            .stored = line.item,
            .place = line.place};
}

std::pmr::vector<core::LineChange> bring_in(const store::carts::Taken& target,
                                            std::span<const IncomingItem> items,
                                            const Bringing& bringing,
                                            const store::TenantRules& rules,
                                            const store::Circumstances& now,
                                            std::pmr::memory_resource* memory) {
    core::MergeRules merge_rules{
        .strategy = bringing.strategy, .limits = rules.limits, .on_limit = bringing.on_limit};
    check_sizes(items, merge_rules);
    const auto& standing = bringing.standing;
    const auto existing =
        standing ? incoming(standing->matching, memory) : matching(target, items, memory);
    store::items::Extent extent{};
    if (!target.is_new && existing.size() < items.size()) {
        extent = standing ? standing->extent : store::items::extent(target.cart);
        merge_rules.other_lines = static_cast<std::size_t>(extent.lines) - existing.size();
    }
    auto merged =
        core::merge_lines(lines_of(existing, memory), lines_of(items, memory), merge_rules, memory);
    const Drafter drafter(existing, items, merge_rules, memory);
    std::pmr::vector<Draft> drafts(memory);
    drafts.reserve(merged.size());
    for (MergedLine& line : merged) {
        drafts.push_back(drafter.draft(line));
    }
    consult_catalog(
        target.cart, rules, drafts,
        bringing.on_limit == core::OnLimit::refuse ? Unavailable::refuse : Unavailable::drop,
        memory);
    write(target.cart, drafts, extent.last_position, now);
    std::pmr::vector<LineChange> changes(memory);
    changes.reserve(drafts.size());
    for (Draft& draft : drafts) {
        changes.push_back(std::move(draft.change));
    }
    return changes;
}

namespace {

void build_price(pg::JsonbBuilder& out, const std::optional<core::Decimal>& price, int digits) {
    price ? out.amount(*price, digits) : out.null();
}

}  // namespace

void build_changes(pg::JsonbBuilder& out, std::span<const core::LineChange> changes, int digits) {
    out.begin_array();
    for (const core::LineChange& change : changes) {
        out.begin_object();
        out.key("item_key").uuid(change.key.bytes);
        out.key("product_id").text(change.product_id);
        out.key("action").text(core::name_of(change.action));
        out.key("quantity_before").number(change.quantity_before);
        out.key("quantity_incoming").number(change.quantity_incoming);
        out.key("quantity_after").number(std::optional(change.quantity_after));
        build_price(out.key("price_before"), change.price_before, digits);
        build_price(out.key("price_after"), change.price_after, digits);
        out.key("reason");
        change.reason.empty() ? out.null() : out.text(change.reason);
        out.end_object();
    }
    out.end_array();
}

}  // namespace cart::api
