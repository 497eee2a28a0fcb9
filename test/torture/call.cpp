#include "torture/call.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace cart::torture {

namespace {

using nlohmann::json;

// ---- asking

// What a member of changes says in JSON. The value is quoted already where it has to be.
void add_member(json& changes, const char* name, const Member& member, json value) {
    if (member.what == Member::Do::set) {
        changes[name] = std::move(value);
    } else if (member.what == Member::Do::remove) {
        changes[name] = nullptr;
    }
}

// A price or quantity as a JSON number. All of ours are exact in print, if not in a double.
json number(Amount amount) { return json::parse(to_string(amount)); }

json changes_of_line(const Operation& update, const Catalogue& catalogue) {
    json changes = json::object();
    if (update.new_identity >= 0) {
        changes = json::parse(catalogue.identity_changes(update.new_identity, update.new_spelling));
    }
    add_member(changes, "note", update.note, update.note.value);
    if (update.price.what != Member::Do::leave) {
        const bool is_set = update.price.what == Member::Do::set;
        changes["unit_price"] = is_set ? number(std::stoll(update.price.value)) : json();
    }
    return changes;
}

json changes_of_cart(const Operation& set) {
    json changes = json::object();
    add_member(changes, "currency", set.currency, set.currency.value);
    add_member(changes, "label", set.label, set.label.value);
    add_member(changes, "metadata", set.metadata,
               set.metadata.value.empty() ? json() : json::parse(set.metadata.value));
    return changes;
}

// Text, not a json object, so that the item's spelling reaches the server as it is.
std::string step_of(const Operation& operation, const Catalogue& catalogue) {
    std::string step = R"({"op":")" + std::string(name_of(operation.kind)) + '"';
    const auto member = [&step](const char* name, const std::string& value) {
        step += std::string(R"(,")") + name + R"(":)" + value;
    };
    if (operation.kind == Kind::add) {
        member("item", catalogue.sent(operation.items.front()));
    } else if (operation.kind == Kind::update || operation.kind == Kind::remove) {
        member("item_key", json(catalogue.key(operation.identity)).dump());
    } else if (operation.kind == Kind::set) {
        member("changes", changes_of_cart(operation).dump());
    }
    if (operation.kind == Kind::update) {
        if (operation.quantity != absent) {
            member("quantity", to_string(operation.quantity));
        }
        if (const json changes = changes_of_line(operation, catalogue); !changes.empty()) {
            member("changes", changes.dump());
        }
    }
    return step + '}';
}

// Puts the statement together, by named arguments.
class Builder {
  public:
    explicit Builder(Kind kind)
        : statement_{std::string("SELECT public.cart_") + name_of(kind) + '('} {}

    Builder& argument(const char* name, const std::string& value, const char* type = "text") {
        const auto number = std::to_string(statement_.arguments.size() + 1);
        statement_.sql += std::string(statement_.arguments.empty() ? "" : ", ") + name + " => $" +
                          number + "::" + type;
        statement_.arguments.emplace_back(value);
        return *this;
    }
    Builder& argument_if_any(const char* name, const std::string& value) {
        return value.empty() ? *this : argument(name, value);
    }
    Statement finish() {
        statement_.sql += ')';
        return statement_;
    }

  private:
    Statement statement_;
};

void add_items(Builder& out, const Operation& operation, const Catalogue& catalogue) {
    if (operation.kind == Kind::add_items) {
        std::string array = "[";
        for (const GivenItem& item : operation.items) {
            array += (array.size() > 1 ? "," : "") + catalogue.sent(item);
        }
        out.argument("items", array + ']', "jsonb");
        return;
    }
    GivenItem item = operation.items.front();
    if (operation.has_own_quantity) {
        out.argument("quantity", to_string(item.quantity), "numeric");
        item.quantity = absent;
    }
    out.argument("item", catalogue.sent(item), "jsonb");
}

void add_own_arguments(Builder& out, const Operation& operation, const Catalogue& catalogue) {
    switch (operation.kind) {
        case Kind::add:
        case Kind::add_items:
            add_items(out, operation, catalogue);
            break;
        case Kind::update:
            if (operation.quantity != absent) {
                out.argument("quantity", to_string(operation.quantity), "numeric");
            }
            if (const json changes = changes_of_line(operation, catalogue); !changes.empty()) {
                out.argument("changes", changes.dump(), "jsonb");
            }
            [[fallthrough]];
        case Kind::remove:
            out.argument("item_key", catalogue.key(operation.identity), "uuid");
            break;
        case Kind::set:
            out.argument("changes", changes_of_cart(operation).dump(), "jsonb");
            break;
        case Kind::apply: {
            std::string steps = "[";
            for (const Operation& each : operation.operations) {
                steps += (steps.size() > 1 ? "," : "") + step_of(each, catalogue);
            }
            out.argument("operations", steps + ']', "jsonb");
            break;
        }
        case Kind::merge:
            out.argument_if_any("strategy", operation.strategy);
            break;
        case Kind::unmerge:
            out.argument("source_cart_id", operation.cart, "uuid");
            break;
        case Kind::get:
            if (!operation.cart.empty()) {
                out.argument("cart_id", operation.cart, "uuid");
            }
            break;
        default:
            break;
    }
}

// ---- answering

Amount amount_of(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) {
        return absent;
    }
    // A double holds what we deal with to a millionth of a thousandth.
    const double thousandths = found->get<double>() * static_cast<double>(one);
    const double nearest = std::round(thousandths);
    if (std::abs(thousandths - nearest) > 1e-5) {
        throw std::runtime_error(std::string(name) +
                                 " is finer than a thousandth: " + found->dump());
    }
    return static_cast<Amount>(nearest);
}

Text text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? Text() : Text(found->get<std::string>());
}

Text members_of(json item) {
    for (const char* name :
         {"item_key", "quantity", "unit_price", "totals", "added_at", "updated_at"}) {
        item.erase(name);
    }
    return Text(item.dump());
}

// In thousandths, half up to hundredths: our currencies have two digits.
Amount subtotal_of(const Line& line) {
    return line.price == absent ? 0 : (line.price * line.quantity + 5000) / 10000 * 10;
}

Line line_of(const json& item, const Catalogue& catalogue) {
    Line line{.identity = catalogue.identity_of(item.at("item_key").get<std::string>()),
              .quantity = amount_of(item, "quantity"),
              .price = amount_of(item, "unit_price"),
              .members = members_of(item)};
    if (amount_of(item.at("totals"), "subtotal") != subtotal_of(line)) {
        throw std::runtime_error("a line's subtotal is wrong: " + item.dump());
    }
    return line;
}

void check_totals(const json& totals, const Content& content) {
    Amount quantity = 0;
    Amount subtotal = 0;
    for (const Line& line : content.lines) {
        quantity += line.quantity;
        subtotal += subtotal_of(line);
    }
    if (totals.at("lines").get<std::size_t>() != content.lines.size() ||
        amount_of(totals, "quantity") != quantity || amount_of(totals, "subtotal") != subtotal) {
        throw std::runtime_error("the totals are wrong: " + totals.dump());
    }
}

Content content_of(const json& cart, const Catalogue& catalogue) {
    Content content{.user = text_of(cart, "user_id"),
                    .status = text_of(cart, "status"),
                    .currency = text_of(cart, "currency"),
                    .label = text_of(cart, "label"),
                    .metadata = Text(cart.at("metadata").dump()),
                    .lines = {}};
    for (const json& item : cart.at("items")) {
        content.lines.push_back(line_of(item, catalogue));
    }
    check_totals(cart.at("totals"), content);
    return content;
}

std::vector<Change> changes_of(const json& entries, const Catalogue& catalogue) {
    std::vector<Change> changes;
    for (const json& entry : entries) {
        changes.push_back(
            {.identity = catalogue.identity_of(entry.at("item_key").get<std::string>()),
             .before = amount_of(entry, "quantity_before"),
             .incoming = amount_of(entry, "quantity_incoming"),
             .after = amount_of(entry, "quantity_after"),
             .action = text_of(entry, "action")});
    }
    return changes;
}

void take_cart(Answer& answer, const json& cart, const Catalogue& catalogue) {
    if (cart.is_null()) {
        return;
    }
    answer.at = {.cart = text_of(cart, "cart_id"), .version = cart.at("version")};
    if (text_of(cart, "etag").str() != answer.at.str()) {
        throw std::runtime_error("the etag is not that of cart and version");
    }
    if (cart.contains("items")) {
        answer.content = content_of(cart, catalogue);
    }
    if (const auto key = cart.find("item_key"); key != cart.end()) {
        answer.line = catalogue.identity_of(key->get<std::string>());
        answer.line_quantity = amount_of(cart, "quantity");
    }
    if (const auto changes = cart.find("changes"); changes != cart.end()) {
        answer.changes = changes_of(*changes, catalogue);
        answer.has_changes = true;
    }
}

void take_merge(Answer& answer, const json& merge, const Catalogue& catalogue) {
    answer.is_merged = merge.at("merged");
    answer.reason = text_of(merge, "reason");
    if (answer.is_merged) {
        answer.is_repeated = merge.at("repeated");
        answer.source = text_of(merge, "source_cart_id");
        answer.target = text_of(merge, "target_cart_id");
        answer.changes = changes_of(merge.at("lines"), catalogue);
        answer.has_changes = true;
    }
}

void take_reconciled(Answer& answer, const json& reconcile) {
    answer.is_reconciled = reconcile.at("changed");
    for (const auto& [name, value] : reconcile.items()) {
        answer.is_reconciled |= value.is_number() && value != 0;
    }
}

void take_etag(Answer& answer, const std::string& etag) {
    answer.is_unchanged = true;
    if (const auto colon = etag.find(':'); colon != std::string::npos) {
        answer.at = {.cart = Text(etag.substr(0, colon)),
                     .version = std::stoll(etag.substr(colon + 1))};
    }
}

void take(Answer& answer, const json& document, const Catalogue& catalogue) {
    answer.is_replayed = document.value("replayed", false);
    if (answer.is_replayed && !document.at("made_version").is_null()) {
        answer.made_version = document.at("made_version");
    }
    if (document.contains("merge") || document.contains("reconcile")) {
        take_cart(answer, document.at("cart"), catalogue);
        if (const auto merge = document.find("merge"); merge != document.end()) {
            take_merge(answer, *merge, catalogue);
        } else {
            take_reconciled(answer, document.at("reconcile"));
        }
    } else if (document.contains("unchanged")) {
        take_etag(answer, document.at("etag"));
    } else {
        take_cart(answer, document, catalogue);
    }
}

}  // namespace

bool writes(Kind kind) { return kind != Kind::get && kind != Kind::touch; }

bool takes_key(Kind kind) { return writes(kind) && kind != Kind::unmerge; }

bool shows_a_change(const Answer& answer) {
    return std::ranges::any_of(answer.changes,
                               [](const Change& change) { return change.action.str() != "kept"; });
}

Statement statement_of(const Call& call, const std::vector<Owner>& owners,
                       const Catalogue& catalogue) {
    const Operation& operation = call.operation;
    const Owner& owner = owners[call.owner];
    Builder out(operation.kind);
    out.argument("tenant_id", owner.tenant);
    out.argument_if_any("user_id", owner.user);
    out.argument_if_any("session_token", operation.kind == Kind::merge
                                             ? owners[operation.guest].token
                                             : owner.token);
    out.argument_if_any("idempotency_key", call.key);
    out.argument_if_any(operation.kind == Kind::get ? "if_none_match" : "if_match", call.if_match);
    add_own_arguments(out, operation, catalogue);
    return out.finish();
}

void take_down(Call& call, const Reply& reply, const Catalogue& catalogue) {
    call.ended = Clock::now();
    call.outcome = reply.outcome;
    call.sqlstate = reply.sqlstate;
    if (reply.outcome == Reply::Outcome::refused) {
        call.detail = reply.message + ' ' + reply.detail;
    }
    if (!call.is_answered() || reply.rows.empty() || !reply.rows.front().front()) {
        return;
    }
    try {
        take(call.answer, json::parse(*reply.rows.front().front()), catalogue);
    } catch (const std::exception& error) {
        call.answer.complaint = error.what();
    }
}

std::string title_of(const Owner& owner) {
    return (owner.is_user() ? "user " + owner.user : "guest " + owner.token.substr(0, 6)) + " of " +
           owner.tenant;
}

std::string title_of(const Call& call, const std::vector<Owner>& owners) {
    return "client " + std::to_string(call.client) + ", call " + std::to_string(call.number) +
           ", cart_" + name_of(call.operation.kind) + " by " + title_of(owners[call.owner]);
}

std::string sql_of(const Call& call, const std::vector<Owner>& owners, const Catalogue& catalogue) {
    const Statement statement = statement_of(call, owners, catalogue);
    std::string sql = statement.sql;
    // From the last on: $1 is the beginning of $10.
    for (std::size_t i = statement.arguments.size(); i > 0; --i) {
        const std::string parameter = '$' + std::to_string(i);
        sql.replace(sql.find(parameter), parameter.size(), "'" + *statement.arguments[i - 1] + "'");
    }
    return sql;
}

Text own_members(const std::string& item) { return members_of(json::parse(item)); }

}  // namespace cart::torture
