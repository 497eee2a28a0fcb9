// cart_import: the carts of an application's table come into the store.
#include <algorithm>
#include <map>
#include <memory>
#include <memory_resource>

#include "api/caller.hpp"
#include "api/legacy_cart.hpp"
#include "api/lines.hpp"
#include "api/relation.hpp"
#include "core/money.hpp"
#include "pg/json_text.hpp"
#include "pg/guard.hpp"
#include "store/store.hpp"

namespace cart::api {

namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;
using store::imports::Record;

constexpr std::size_t rows_at_once = 1000;     // that a statement writes
constexpr std::size_t most_of_owner = 10'000;  // rows that become one cart
constexpr std::size_t most_shown = 100;        // refused rows in the report
constexpr int most_turns = 100;

struct Report {
    long long rows = 0;
    long long carts = 0;
    long long lines = 0;
    long long merged = 0;
    long long repeated = 0;
    long long refused = 0;
    std::vector<std::pair<std::string, std::string>> shown;  // of refused rows: row, reason
};

// The rows of one owner, and the cart that they make.
struct Person {
    store::Owner owner;
    std::vector<LegacyRow*> rows = {};
    TimestampTz last_accessed_at = 0;
    pg::Uuid cart = {};
    std::vector<IncomingItem> items = {};
    std::optional<std::pmr::vector<core::MergedLine>> lines = {};
};

bool is_same_owner(const store::SourceRow& a, const store::SourceRow& b) {
    return a.user == b.user && a.session == b.session;
}

// A row as the report names it: by its primary key, or by where it stands.
std::string name_of(const store::SourceRow& row, const std::vector<std::string>& key_columns) {
    Detail name;
    for (std::size_t i = 0; i < key_columns.size(); ++i) {
        name.text(key_columns[i], row.key[i]);
    }
    return key_columns.empty() ? Detail().text("ctid", row.place).str() : name.str();
}

std::string reason_of(const Error& error) {
    return (error.index() ? "item " + std::to_string(*error.index()) + ": " : std::string()) +
           error.message();
}

const Jsonb* composed(const core::MergedLine& line, std::span<const IncomingItem> items) {
    pg::JsonbBuilder out;
    out.begin_object();
    for (const std::size_t layer : line.layers) {
        out.members_of(items[layer].document, core::belongs_to_line);
    }
    return out.end_object().finish();
}

// What an import is about.
struct Target {
    std::string_view tenant;
    store::TenantRules rules;
    store::Circumstances now;
    Mapping mapping;
    bool is_dry;
};

// Rows come owner by owner and are written by the batch: carts of owners who have none by one
// statement, their lines by another. Who has a cart is a case of its own, as in a login.
class Import {
  public:
    Import(store::ImportSource& source, Target target)
        : source_(source), target_(std::move(target)) {
        target_.rules.limits = core::Limits::none();  // as in cart_reconcile, nothing is lost
        target_.rules.catalog.reset();                // it is asked by cart_reprice and checkout
    }

    [[nodiscard]] Report run() {
        for (auto rows = next_portion(); !rows.empty(); rows = next_portion()) {
            for (store::SourceRow& row : rows) {
                if (is_full(row)) {
                    flush();
                }
                take(std::move(row));
            }
        }
        flush();
        return std::move(report_);
    }

  private:
    using Memory = std::pmr::monotonic_buffer_resource;

    std::vector<store::SourceRow> next_portion() {
        portions_.push_back(std::make_unique<Memory>());
        return source_.next(static_cast<long>(rows_at_once) / 2, portions_.back().get());
    }

    [[nodiscard]] bool is_full(const store::SourceRow& next) const {
        if (batch_.empty()) {
            return false;
        }
        const store::SourceRow& last = batch_.back().source;
        // Users before guests: carts are locked in that order, as everybody does.
        const bool is_other_kind = last.user.has_value() != next.user.has_value();
        return is_other_kind || (batch_.size() >= rows_at_once && !is_same_owner(last, next));
    }

    void take(store::SourceRow row) {
        if (!row.user && !row.session) {
            refuse(row, "neither a user nor a session");
            return;
        }
        of_owner_ = !batch_.empty() && is_same_owner(batch_.back().source, row) ? of_owner_ + 1 : 1;
        if (of_owner_ > most_of_owner) {
            refuse(row, "the owner has too many active carts");
            return;
        }
        batch_.push_back({.source = std::move(row)});
        identify(batch_.back());
    }

    // Counts a row that is new, and is not imported.
    void refuse(const store::SourceRow& row, const std::string& reason) {
        ++report_.rows;
        ++report_.refused;
        if (report_.shown.size() < most_shown) {
            report_.shown.emplace_back(name_of(row, source_.key_columns()), reason);
        }
    }

    void flush() {
        if (!batch_.empty()) {
            const pg::Connection round;  // frees what the batch has used
            scratch_ = std::make_unique<Memory>();
            find_repeated();
            auto people = sort_out();
            create(people);
            for (Person& person : people) {
                bring(person);
            }
            if (!target_.is_dry) {
                store::imports::insert(target_.tenant, lines_, target_.now);
                store::imports::write(target_.tenant, source_.name(), records_, target_.now.now);
            }
        }
        lines_.clear();
        records_.clear();
        numbers_.clear();
        batch_.clear();
        portions_.erase(portions_.begin(), portions_.end() - 1);  // the last is still being read
    }

    void find_repeated() {
        std::map<store::imports::Hash, std::vector<LegacyRow*>> groups;
        for (LegacyRow& row : batch_) {
            groups[row.group].push_back(&row);
        }
        std::vector<pg::Bytes> hashes;
        hashes.reserve(groups.size());
        for (const auto& [hash, rows] : groups) {
            hashes.emplace_back(hash);
        }
        const auto records = store::imports::find(target_.tenant, source_.name(), hashes);
        for (auto first = records.begin(); first != records.end();) {
            const auto last = std::find_if(
                first, records.end(), [&](const Record& one) { return one.group != first->group; });
            mark_repeated(groups.at(first->group), std::span(first, last));
            numbers_[first->group] = (last - 1)->number;
            first = last;
        }
    }

    // The owners of the rows that are to be imported, each with its lines.
    std::vector<Person> sort_out() {
        std::vector<Person> people;
        const LegacyRow* previous = nullptr;
        for (LegacyRow& row : batch_) {
            if (row.is_repeated) {
                ++report_.repeated;
                continue;
            }
            try {
                row.items.emplace(read_items(row.source, target_.mapping, target_.rules.match_on,
                                             scratch_.get()));
                if (previous == nullptr || !is_same_owner(previous->source, row.source)) {
                    people.push_back({.owner = owner_of(row.source)});
                }
            } catch (const Error& error) {
                refuse(row.source, reason_of(error));
                continue;
            }
            people.back().rows.push_back(&row);
            previous = &row;
        }
        std::erase_if(people, [this](Person& person) { return !merge_rows(person); });
        return people;
    }

    [[nodiscard]] store::Owner owner_of(const store::SourceRow& row) const {
        if (row.user) {
            return {.tenant = target_.tenant,
                    .user = store::identifier("user_id", *row.user),
                    .session = {},
                    .till = {}};
        }
        return {.tenant = target_.tenant,
                .user = {},
                .session = hash_of_token(*row.session),
                .till = {}};
    }

    // Makes one cart of the person's rows. False: it cannot be done, and they are refused.
    [[nodiscard]] bool merge_rows(Person& person) {
        std::vector<core::Line> lines;
        for (const LegacyRow* row : person.rows) {
            for (const GivenItem& item : *row->items) {
                person.items.push_back(incoming(item));
                lines.push_back(person.items.back().line);
            }
            person.last_accessed_at =
                std::max(person.last_accessed_at, row->source.accessed.value_or(target_.now.now));
        }
        person.last_accessed_at = std::min(person.last_accessed_at, target_.now.now);
        person.cart = pg::make_uuid();
        try {
            person.lines.emplace(core::merge_lines(
                {}, lines, {.strategy = core::Strategy::sum, .limits = core::Limits::none()},
                scratch_.get()));
        } catch (const Error& error) {
            refuse(person, reason_of(error));
            return false;
        }
        return true;
    }

    void refuse(const Person& person, const std::string& reason) {
        for (const LegacyRow* row : person.rows) {
            refuse(row->source, reason);
        }
    }

    // Makes the carts of those who have none.
    void create(std::vector<Person>& people) {
        std::vector<pg::Uuid> made;
        if (target_.is_dry) {
            for (const Person& person : people) {
                if (!store::carts::find_active(person.owner, pg::Access::write)) {
                    made.push_back(person.cart);
                }
            }
        } else {
            std::vector<store::imports::NewCart> carts;
            carts.reserve(people.size());
            for (const Person& person : people) {
                carts.push_back({.id = person.cart,
                                 .owner = person.owner,
                                 .last_accessed_at = person.last_accessed_at});
            }
            made = store::imports::create(carts, target_.now);
        }
        std::ranges::sort(made);
        std::erase_if(people, [&](const Person& person) {
            const bool is_made = std::ranges::binary_search(made, person.cart);
            if (is_made) {
                fill(person);
            }
            return is_made;
        });
    }

    // A cart that was just made gets its lines.
    void fill(const Person& person) {
        std::int64_t position = 0;
        for (const core::MergedLine& line : *person.lines) {
            lines_.push_back({.cart = person.cart,
                              .position = ++position,
                              .line = {.key = line.key,
                                       .product_id = person.items[line.layers.back()].product_id,
                                       .quantity = line.quantity,
                                       .unit_price = line.unit_price,
                                       .item = composed(line, person.items)},
                              .added_at = person.last_accessed_at});
        }
        ++report_.carts;
        report_.merged += static_cast<long long>(person.rows.size()) - 1;
        count(person);
    }

    void count(const Person& person) {
        report_.rows += static_cast<long long>(person.rows.size());
        report_.lines += static_cast<long long>(person.lines->size());
        for (const LegacyRow* row : person.rows) {
            records_.push_back({.group = row->group,
                                .number = ++numbers_[row->group],
                                .row = row->content,
                                .cart = person.cart});
        }
    }

    // The cart of one who has one, locked by its row alone: a transaction can hold few locks on
    // owners.
    [[nodiscard]] store::carts::Taken take_cart(Person& person) const {
        for (int turn = 0; turn < most_turns; ++turn) {
            const auto carts = store::carts::lock_all_active(person.owner);
            if (!carts.empty()) {
                return {.cart = carts.front()};
            }
            if (auto made = store::carts::create_active(person.owner, target_.now)) {
                return {.cart = *made, .is_new = true, .is_changed = true};
            }
        }
        store::carts::give_up();
    }

    // Brings the rows into the cart that the owner has.
    void bring(Person& person) {
        const auto& currency = target_.now.currency;
        const auto differs = [&](const store::Cart& cart) {
            return currency && cart.currency && *cart.currency != *currency;
        };
        if (target_.is_dry) {
            const auto cart = store::carts::find_active(person.owner, pg::Access::write);
            if (cart && differs(*cart)) {
                refuse(person, "the owner has a cart in another currency");
                return;
            }
        } else {
            auto taken = take_cart(person);
            if (differs(taken.cart)) {
                refuse(person, "the owner has a cart in another currency");
                return;
            }
            write(person, taken);
        }
        report_.merged += static_cast<long long>(person.rows.size());
        count(person);
    }

    void write(Person& person, store::carts::Taken& taken) {
        store::carts::raise_version(taken, target_.now);
        if (target_.now.currency && !taken.cart.currency) {
            auto description = store::carts::description_of(taken.cart);
            description.currency = target_.now.currency;
            taken.cart = store::carts::describe(taken.cart, description);
        }
        (void)bring_in(taken, person.items,
                       {.strategy = core::Strategy::sum, .on_limit = core::OnLimit::clamp},
                       target_.rules, target_.now, scratch_.get());
        person.cart = taken.cart.id;
    }

    store::ImportSource& source_;
    Target target_;
    Report report_;
    std::size_t of_owner_ = 0;
    // Memory outlives what lives in it: portions of rows, and what a batch makes of them.
    std::vector<std::unique_ptr<Memory>> portions_;
    std::unique_ptr<Memory> scratch_;
    std::vector<LegacyRow> batch_;
    std::vector<store::imports::NewLine> lines_;
    std::vector<Record> records_;
    std::map<store::imports::Hash, std::int64_t> numbers_;  // the last ones given
};

const Jsonb* build(const Report& report, MemoryContext context) {
    pg::JsonbBuilder out;
    out.begin_object();
    out.key("rows").number(report.rows);
    out.key("carts").number(report.carts);
    out.key("lines").number(report.lines);
    out.key("merged").number(report.merged);
    out.key("repeated").number(report.repeated);
    out.key("refused_rows").number(report.refused);
    out.key("refused").begin_array();
    for (const auto& [row, reason] : report.shown) {
        out.begin_object();
        out.key("row").json(pg::unambiguous_jsonb(row));
        out.key("reason").text(reason);
        out.end_object();
    }
    out.end_array().end_object();
    return out.finish(context);
}

store::SourceColumns columns_of(const pg::Call& call) {
    return {.user = name_argument(call, 1),
            .session = name_argument(call, 2),
            .items = name_argument(call, 3),
            .status = name_argument(call, 4),
            .accessed = name_argument(call, 5)};
}

std::optional<std::string_view> currency_of(const pg::Call& call, const store::TenantRules& rules) {
    const auto currency = call.text(7);
    if (currency && !core::is_currency(*currency)) {
        throw Error(ErrorCode::invalid_parameter,
                    "currency must be three capital letters, as in ISO 4217",
                    Detail().text("parameter", "currency").text("found", *currency));
    }
    return currency ? currency : rules.currency;
}

Datum import(pg::Call& call) {
    const Oid relation = required_relation(call, 0);
    const store::SourceColumns columns = columns_of(call);
    const store::Store store;
    const Caller caller(call);
    caller.require_application();
    const std::string_view tenant = caller.tenant(6);
    const auto rules = store::rules_of(tenant, call.memory());
    store::ImportSource source(relation, columns, call.user());
    Target target{.tenant = tenant,
                  .rules = *rules,
                  .now = caller.circumstances(),
                  .mapping = Mapping(call.jsonb(8), call.memory()),
                  .is_dry = !call.is_null(9) && DatumGetBool(call.datum(9))};
    target.now.currency = currency_of(call, *rules);
    // Plans are made while the tables are still empty, and used when they no longer are.
    pg::RunAs::pin("enable_seqscan", "off");
    store::imports::take_turns(tenant, source.name());
    const Report report = Import(source, std::move(target)).run();
    return PointerGetDatum(build(report, call.context()));
}

}  // namespace

}  // namespace cart::api

using namespace cart;

CART_FUNCTION(cart_import) { return api::import(call); }
