#include "api/mend.hpp"

#include <algorithm>
#include <iterator>

#include "api/catalog.hpp"
#include "core/error.hpp"
#include "pg/jsonb.hpp"

namespace cart::api {

namespace {

// A stored line with the key that it should have.
struct Line {
    store::StoredLine stored;
    core::ItemKey key;
};

core::ItemKey key_of(const store::StoredLine& line, const core::MatchOn& match_on,
                     std::pmr::memory_resource* memory) {
    try {
        pg::JsonbReader reader(line.item, memory);
        return core::read_item(reader, match_on, memory).key;
    } catch (const core::Error&) {
        return line.key;  // loaded past the rules: no item, but nothing to lose either
    }
}

std::pmr::vector<Line> read_lines(const store::Cart& cart, const core::MatchOn& match_on,
                                  std::pmr::memory_resource* memory) {
    std::pmr::vector<Line> lines(memory);
    for (store::StoredLine& stored : store::items::all(cart, pg::Access::write, memory)) {
        const core::ItemKey key = key_of(stored, match_on, memory);
        lines.push_back({.stored = std::move(stored), .key = key});
    }
    return lines;
}

std::pmr::vector<core::Line> core_lines(std::span<const Line> lines,
                                        std::pmr::memory_resource* memory) {
    std::pmr::vector<core::Line> out(memory);
    out.reserve(lines.size());
    for (const Line& line : lines) {
        out.push_back({.key = line.key,
                       .quantity = line.stored.quantity,
                       .unit_price = line.stored.unit_price});
    }
    return out;
}

// One owner's carts while they are mended.
class Mending {
  public:
    Mending(std::vector<store::Cart> carts, const store::TenantRules& rules,
            const store::Circumstances& now, Mended& mended)
        : carts_(std::move(carts)),
          rules_(rules),
          now_(now),
          mended_(mended),
          memory_(mended.changes.get_allocator().resource()),
          existing_(read_lines(carts_.front(), rules.match_on, memory_)),
          incoming_(memory_) {}

    store::Cart run() {
        for (std::size_t i = 1; i < carts_.size(); ++i) {
            collect(carts_[i]);
        }
        const auto merged = core::merge_lines(
            core_lines(existing_, memory_), core_lines(incoming_, memory_),
            {.strategy = core::Strategy::sum, .limits = core::Limits::none()}, memory_);
        std::pmr::vector<Draft> drafts(memory_);
        for (const core::MergedLine& line : merged) {
            count(line);
            drafts.push_back(draft_of(line));
        }
        store::Cart context = carts_.front();
        context.currency = currency_;  // that it will have
        consult_catalog(context, rules_, drafts, Unavailable::drop, memory_);
        count(drafts);
        if (!mended_.is_changed()) {
            return carts_.front();
        }
        store::carts::Taken target{.cart = carts_.front()};
        store::carts::raise_version(target, now_);
        // First all that gets another key is taken out: it may be the key of another line.
        store::items::remove(target.cart, outdated_);
        write(target.cart, drafts, last_position(), now_);
        for (const store::Cart* source : sources_) {
            store::carts::set_merged(*source, target.cart.id, now_);
            target.cart = store::carts::inherit(target.cart, *source);
        }
        return store::carts::as_written(target.cart);
    }

  private:
    // Takes a duplicate's lines along, or sets the cart aside.
    void collect(const store::Cart& cart) {
        auto lines = read_lines(cart, rules_.match_on, memory_);
        if (currency_ && cart.currency && *currency_ != *cart.currency) {
            set_aside(cart, lines);
            return;
        }
        currency_ = currency_ ? currency_ : cart.currency;
        sources_.push_back(&cart);
        ++mended_.carts_merged;
        std::ranges::move(lines, std::back_inserter(incoming_));
    }

    void set_aside(const store::Cart& cart, std::span<const Line> lines) {
        store::carts::set_abandoned(cart, now_);
        ++mended_.carts_merged;
        for (const Line& line : lines) {
            const store::StoredLine& stored = line.stored;
            mended_.changes.push_back(core::dropped(stored.key, stored.product_id, stored.quantity,
                                                    stored.unit_price, "currency_mismatch"));
            ++mended_.lines_dropped;
        }
    }

    [[nodiscard]] const Line& line_at(std::size_t layer) const {
        return layer < existing_.size() ? existing_[layer] : incoming_[layer - existing_.size()];
    }

    void count(const core::MergedLine& line) {
        mended_.lines_merged += static_cast<long long>(line.layers.size()) - 1;
        for (const std::size_t layer : line.layers) {
            mended_.lines_rekeyed += line_at(layer).stored.key != line.key ? 1 : 0;
        }
    }

    // Whether the line stands in the target already, just as it comes out.
    [[nodiscard]] bool stands(const core::MergedLine& line) const {
        return line.layers.size() == 1 && line.layers.front() < existing_.size() &&
               line_at(line.layers.front()).stored.key == line.key;
    }

    [[nodiscard]] std::int64_t last_position() const {
        std::int64_t last = 0;
        for (const Line& line : existing_) {
            last = std::max(last, line.stored.position);
        }
        return last;
    }

    // A line as it comes out. What it is made of is taken out of the target, unless it stands.
    Draft draft_of(const core::MergedLine& line) {
        const bool is_standing = stands(line);
        for (const std::size_t layer : line.layers) {
            if (!is_standing && layer < existing_.size()) {
                outdated_.push_back(line_at(layer).stored.key);
            }
        }
        const std::string_view product_id = line_at(line.layers.back()).stored.product_id;
        const std::size_t first = std::ranges::min(line.layers);
        const store::StoredLine& oldest = line_at(first).stored;
        pg::JsonbBuilder item;
        item.begin_object();
        for (const std::size_t layer : line.layers) {
            item.members_of(&line_at(layer).stored.item->root, core::belongs_to_line);
        }
        item.end_object();
        return {
            .row = {.key = line.key,
                    .product_id = product_id,
                    .quantity = line.quantity,
                    .unit_price = line.unit_price,
                    .item = item.finish()},
            .change = {.key = line.key,
                       .product_id = product_id,
                       .action = line.action,
                       .quantity_before = line.quantity_before,
                       .quantity_incoming = line.quantity_incoming,
                       .quantity_after = line.quantity,
                       .price_before = line.price_before,
                       .price_after = line.unit_price},
            .stands = is_standing,
            .is_changed = !is_standing,
            .position = first < existing_.size() ? std::optional(oldest.position) : std::nullopt,
            .added_at = oldest.added_at};
    }

    // What the catalogue has done, and the changes to be told.
    void count(std::span<const Draft> drafts) {
        for (const Draft& draft : drafts) {
            if (draft.is_dropped()) {
                ++mended_.lines_dropped;
            } else if (draft.is_repriced) {
                ++mended_.lines_repriced;
            }
            if (draft.is_dropped() || draft.is_changed) {
                mended_.changes.push_back(draft.change);
            }
        }
    }

    std::vector<store::Cart> carts_;
    const store::TenantRules& rules_;
    const store::Circumstances& now_;
    Mended& mended_;
    std::pmr::memory_resource* memory_;
    std::pmr::vector<Line> existing_;
    std::pmr::vector<Line> incoming_;
    std::vector<const store::Cart*> sources_;
    std::vector<core::ItemKey> outdated_;
    std::optional<std::string_view> currency_ = carts_.front().currency;
};

}  // namespace

void Mended::add(const Mended& other) noexcept {
    carts_merged += other.carts_merged;
    lines_merged += other.lines_merged;
    lines_rekeyed += other.lines_rekeyed;
    lines_repriced += other.lines_repriced;
    lines_dropped += other.lines_dropped;
}

std::optional<store::Cart> mend(std::vector<store::Cart> carts, const store::TenantRules& rules,
                                const store::Circumstances& now, Mended& mended) {
    if (carts.empty()) {
        return std::nullopt;
    }
    return Mending(std::move(carts), rules, now, mended).run();
}

}  // namespace cart::api
