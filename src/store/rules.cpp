#include "store/rules.hpp"

#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "pg/jsonb.hpp"
#include "pg/settings.hpp"
#include "store/settings.hpp"

namespace cart::store {

namespace {

using core::Decimal;
using core::Detail;
using core::Error;
using core::ErrorCode;
using core::JsonEvent;

// The value of one setting, as it is read.
struct Value {
    std::string_view name;
    const Jsonb* document;
    std::pmr::memory_resource* memory;

    [[noreturn]] void refuse(const char* expected) const {
        pg::JsonbReader reader(document, memory);
        const core::JsonToken token = reader.next();
        throw Error(
            ErrorCode::invalid_parameter, "setting " + std::string(name) + " must be " + expected,
            Detail()
                .text("setting", name)
                .text("found", token.event == JsonEvent::string || token.event == JsonEvent::number
                                   ? token.text
                                   : core::name_of(token.event)));
    }

    // The text of a scalar of that kind, which lives in the document or in `buffer`.
    [[nodiscard]] std::string text(JsonEvent kind, const char* expected) const {
        pg::JsonbReader reader(document, memory);
        const core::JsonToken token = reader.next();
        if (token.event != kind) {
            refuse(expected);
        }
        return std::string(token.text);
    }

    [[nodiscard]] Decimal number(const Decimal& least, const Decimal& most,
                                 const char* expected) const {
        const auto number = Decimal::parse(text(JsonEvent::number, expected));
        if (!number || *number < least || *number > most) {
            refuse(expected);
        }
        return *number;
    }

    [[nodiscard]] std::int64_t whole_number(long long least, long long most,
                                            const char* expected) const {
        const Decimal value = number(least, most, expected);
        if (value.fraction_digits() > 0) {
            refuse(expected);
        }
        return std::stoll(value.to_string());
    }

    [[nodiscard]] std::size_t limit(long long most, const char* expected) const {
        return static_cast<std::size_t>(whole_number(1, most, expected));
    }
};

void read_match_on(TenantRules& rules, const Value& value) {
    static constexpr const char* expected = "an array of names of an item's members";
    pg::JsonbReader reader(value.document, value.memory);
    if (reader.next().event != JsonEvent::array_begin) {
        value.refuse(expected);
    }
    std::vector<std::string_view> names;
    for (core::JsonToken name = reader.next(); name.event != JsonEvent::array_end;
         name = reader.next()) {
        if (name.event != JsonEvent::string) {
            value.refuse(expected);
        }
        // A tax rate follows the catalogue; what identifies a line must stay.
        if (core::belongs_to_line(name.text) || name.text == "tax_rate") {
            throw Error(ErrorCode::invalid_parameter,
                        "match_on must not name what belongs to the line, not to the item",
                        Detail().text("setting", "match_on").text("found", name.text));
        }
        names.push_back(name.text);
    }
    rules.match_on = core::MatchOn(names);
}

void read_strategy(TenantRules& rules, const Value& value) {
    rules.strategy =
        core::read_strategy(value.text(JsonEvent::string, "the name of a merge strategy"));
}

void read_max_lines(TenantRules& rules, const Value& value) {
    rules.limits.max_lines = value.limit(100'000, "a whole number from 1 to 100000");
}

void read_max_quantity(TenantRules& rules, const Value& value) {
    static constexpr const char* expected = "a number greater than zero";
    const auto most = Decimal::parse("1e29").value_or(Decimal(0));
    const Decimal quantity = value.number(0, most, expected);
    if (quantity.is_zero()) {
        value.refuse(expected);
    }
    rules.limits.max_quantity = quantity;
}

void read_max_item_bytes(TenantRules& rules, const Value& value) {
    rules.limits.max_item_bytes = value.limit(64 << 20, "a whole number of bytes up to 64 MB");
}

// A time, as a number of seconds or as an interval: "24 hours".
std::int64_t seconds(const Value& value, std::int64_t least, const char* expected) {
    constexpr std::int64_t most = 100LL * 366 * 24 * 60 * 60;
    pg::JsonbReader reader(value.document, value.memory);
    const core::JsonToken token = reader.next();
    if (token.event != JsonEvent::string) {
        return value.whole_number(least, most, expected);
    }
    const auto seconds = pg::seconds_from_interval(token.text);
    if (!seconds || *seconds < least || *seconds > most) {
        value.refuse(expected);
    }
    return *seconds;
}

std::int64_t seconds(const Value& value) {
    return seconds(value, 1, "a number of seconds, or an interval like \"24 hours\"");
}

std::int64_t seconds_or_never(const Value& value) {
    return seconds(value, 0, "a number of seconds, or an interval like \"90 days\"; 0 means never");
}

void read_idempotency_ttl(TenantRules& rules, const Value& value) {
    rules.idempotency_ttl = seconds(value);
}

bool truth(const Value& value) {
    pg::JsonbReader reader(value.document, value.memory);
    const core::JsonToken token = reader.next();
    if (token.event != JsonEvent::boolean) {
        value.refuse("true or false");
    }
    return token.truth;
}

void read_price_includes_tax(TenantRules& rules, const Value& value) {
    rules.money.price_includes_tax = truth(value);
}

void read_tax_rounding(TenantRules& rules, const Value& value) {
    rules.money.tax_rounding =
        core::read_tax_rounding(value.text(JsonEvent::string, "line or total"));
}

void read_rounding_mode(TenantRules& rules, const Value& value) {
    rules.money.rounding =
        core::read_rounding(value.text(JsonEvent::string, "half_up or half_even"));
}

void read_currency(TenantRules& rules, const Value& value) {
    static constexpr const char* expected = "three capital letters, as in ISO 4217";
    rules.currency = value.text(JsonEvent::string, expected);
    if (!core::is_currency(*rules.currency)) {
        value.refuse(expected);
    }
}

void read_catalog(TenantRules& rules, const Value& value) {
    rules.catalog = value.text(JsonEvent::string, "the name of a function");
}

void read_discount_resolver(TenantRules& rules, const Value& value) {
    rules.discount_resolver = value.text(JsonEvent::string, "the name of a function");
}

void read_hold_ttl(TenantRules& rules, const Value& value) { rules.hold_ttl = seconds(value); }

void read_checkout_ttl(TenantRules& rules, const Value& value) {
    rules.checkout_ttl = seconds(value);
}

void read_rate_limit(TenantRules& rules, const Value& value) {
    rules.rate_limit = static_cast<int>(
        value.whole_number(0, 1'000'000, "a whole number of changes a minute, 0 for any"));
}

void read_abandon_guest_after(TenantRules& rules, const Value& value) {
    rules.abandon_guest_after = seconds_or_never(value);
}

void read_abandon_user_after(TenantRules& rules, const Value& value) {
    rules.abandon_user_after = seconds_or_never(value);
}

void read_purge_after(TenantRules& rules, const Value& value) {
    rules.purge_after = seconds_or_never(value);
}

struct Setting {
    std::string_view name;
    void (*read)(TenantRules& rules, const Value& value);
};

// All that a tenant can set.
constexpr auto known = std::to_array<Setting>({
    {"match_on", read_match_on},
    {"merge_strategy", read_strategy},
    {"max_lines", read_max_lines},
    {"max_quantity", read_max_quantity},
    {"max_item_bytes", read_max_item_bytes},
    {"idempotency_ttl", read_idempotency_ttl},
    {"hold_ttl", read_hold_ttl},
    {"checkout_ttl", read_checkout_ttl},
    {"rate_limit", read_rate_limit},
    {"abandon_guest_after", read_abandon_guest_after},
    {"abandon_user_after", read_abandon_user_after},
    {"purge_after", read_purge_after},
    {"currency", read_currency},
    {"price_includes_tax", read_price_includes_tax},
    {"tax_rounding", read_tax_rounding},
    {"rounding_mode", read_rounding_mode},
    {"catalog", read_catalog},
    {"discount_resolver", read_discount_resolver},
});

const Setting* find_setting(std::string_view name) {
    const auto* found = std::ranges::find(known, name, &Setting::name);
    return found == known.end() ? nullptr : found;
}

std::string names_of_known() {
    std::string names;
    for (const Setting& setting : known) {
        names += (names.empty() ? "" : ", ") + std::string(setting.name);
    }
    return names;
}

void read(TenantRules& rules, const Setting& setting, const Jsonb* settings,
          std::pmr::memory_resource* memory) {
    const Jsonb* document = pg::member(&settings->root, setting.name);
    if (document != nullptr && !pg::is_null(document)) {
        setting.read(rules, {.name = setting.name, .document = document, .memory = memory});
    }
}

// The rules of the tenant that was asked for last, until the Store ends.
struct Cached {
    std::string tenant;
    std::shared_ptr<const TenantRules> rules;
};
std::optional<Cached> cached;

}  // namespace

void forget_rules() noexcept { cached.reset(); }

std::shared_ptr<const TenantRules> rules_of(std::string_view tenant,
                                            std::pmr::memory_resource* memory) {
    if (cached && cached->tenant == tenant) {
        return cached->rules;
    }
    auto rules = std::make_shared<TenantRules>();
    rules->limits = pg::settings::limits();
    rules->idempotency_ttl = pg::settings::idempotency_ttl();
    rules->hold_ttl = pg::settings::hold_ttl();
    rules->checkout_ttl = pg::settings::checkout_ttl();
    rules->rate_limit = pg::settings::rate_limit();
    rules->abandon_guest_after = pg::settings::abandon_guest_after();
    rules->abandon_user_after = pg::settings::abandon_user_after();
    rules->purge_after = pg::settings::purge_after();
    if (const Jsonb* settings = settings::find(tenant)) {
        for (const Setting& setting : known) {
            read(*rules, setting, settings, memory);
        }
    }
    cached = Cached{.tenant = std::string(tenant), .rules = rules};
    return rules;
}

TenantRules rules_from(const Jsonb* settings, std::pmr::memory_resource* memory) {
    if (settings == nullptr || !pg::is_object(settings)) {
        throw Error(ErrorCode::invalid_parameter, "settings must be a JSON object",
                    Detail().text("parameter", "settings"));
    }
    TenantRules rules;
    for (const std::string_view name : pg::names_in(&settings->root)) {
        const Setting* setting = find_setting(name);
        if (setting == nullptr) {
            throw Error(ErrorCode::invalid_parameter, "unknown setting",
                        Detail().text("setting", name),
                        "Settings of a tenant are " + names_of_known() + ".");
        }
        read(rules, *setting, settings, memory);
    }
    return rules;
}

const Jsonb* configure(std::string_view tenant, const Jsonb* changes,
                       std::pmr::memory_resource* memory) {
    (void)rules_from(changes, memory);  // refuses what is none
    const Jsonb* before = settings::take(tenant, circumstances());
    pg::JsonbBuilder out;
    out.begin_object();
    out.patched(&before->root, &changes->root, [](std::string_view) { return false; });
    out.end_object();
    const Jsonb* after = out.finish();
    settings::write(tenant, after);
    return after;
}

}  // namespace cart::store
