#include <nlohmann/json.hpp>

#include "torture/call.hpp"

namespace cart::torture {

namespace {

using nlohmann::json;

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
    explicit Builder(Kind kind) : statement_{std::string("public.cart_") + name_of(kind) + '('} {}

    Builder& argument(const char* name, const std::string& value, const char* type = "text") {
        statement_.sql += std::string(statement_.arguments.empty() ? "" : ", ") + name + " => ";
        return add(value, type);
    }
    Builder& argument_if_any(const char* name, const std::string& value,
                             const char* type = "text") {
        return value.empty() ? *this : argument(name, value, type);
    }
    Statement finish() {
        statement_.sql = "SELECT " + statement_.sql + ')';
        return statement_;
    }
    // What the call writes is noted in the same transaction.
    Statement finish_noted(const Call& call, const std::string& tenant) {
        const std::string made = statement_.sql + ") AS a";
        statement_.sql = "SELECT a, torture.written(";
        add(call.mark, "text").statement_.sql += ", ";
        add(tenant, "text").statement_.sql += ", a, ";
        if (call.operation.kind == Kind::unmerge) {
            add(call.operation.cart, "uuid");
        } else {
            statement_.sql += "NULL";
        }
        statement_.sql += ") FROM " + made;
        return statement_;
    }

  private:
    Builder& add(const std::string& value, const char* type) {
        statement_.arguments.emplace_back(value);
        statement_.sql += '$' + std::to_string(statement_.arguments.size()) + "::" + type;
        return *this;
    }

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
        case Kind::checkout:
            if (operation.expected_total != absent) {
                out.argument("expected_total", to_string(operation.expected_total), "numeric");
            }
            out.argument_if_any("order_ref", operation.order_ref);
            break;
        case Kind::complete:
            out.argument_if_any("order_ref", operation.order_ref);
            break;
        case Kind::hold:
            out.argument_if_any("label", operation.new_label);
            break;
        case Kind::resume:
            out.argument_if_any("if_active", operation.if_active);
            break;
        case Kind::link_open:
            out.argument("link", operation.link);
            break;
        case Kind::unmerge:
            out.argument("source_cart_id", operation.cart, "uuid");
            break;
        default:
            break;
    }
    if (operation.kind != Kind::unmerge) {
        out.argument_if_any("cart_id", operation.cart, "uuid");
    }
}

// The way a cart is abandoned that the worker is going to go.
Statement abandoning(const Call& call, const std::string& tenant) {
    return {
        "WITH u AS (UPDATE cart.carts SET status = 'abandoned' WHERE tenant_id = $1"
        " AND cart_id = $2 AND status = 'active' RETURNING jsonb_build_object('cart_id',"
        " cart_id, 'version', version, 'etag', cart_id || ':' || version) AS a)"
        " SELECT a, torture.written($3, $1, a, NULL) FROM u",
        {tenant, call.operation.cart, call.mark}};
}

// The tenant is no argument of its.
Statement link_creation(const Call& call, const std::string& tenant) {
    return {
        "SELECT public.cart_link_create(cart_id => $2::uuid)"
        " FROM set_config('cart_ext.tenant_id', $1, true)",
        {tenant, call.operation.cart}};
}

// A dozen are enough to be looked at.
Statement listing(const std::string& tenant) {
    return {
        "SELECT coalesce(jsonb_agg(h), '[]') FROM"
        " (SELECT h FROM public.cart_held(tenant_id => $1) h LIMIT 12) AS listed",
        {tenant}};
}

void add_who(Builder& out, const Call& call, const std::vector<Owner>& owners) {
    const Operation& operation = call.operation;
    const Owner& owner = owners[call.owner];
    out.argument("tenant_id", owner.tenant);
    if (operation.names_no_owner) {
        return;
    }
    out.argument_if_any("user_id", owner.user);
    out.argument_if_any("session_token", operation.kind == Kind::merge
                                             ? owners[operation.guest].token
                                             : owner.token);
}

}  // namespace

Statement statement_of(const Call& call, const std::vector<Owner>& owners,
                       const Catalogue& catalogue) {
    const Operation& operation = call.operation;
    const std::string& tenant = owners[call.owner].tenant;
    switch (operation.kind) {
        case Kind::abandon:
            return abandoning(call, tenant);
        case Kind::link_create:
            return link_creation(call, tenant);
        case Kind::held:
            return listing(tenant);
        default:
            break;
    }
    Builder out(operation.kind);
    add_who(out, call, owners);
    out.argument_if_any("idempotency_key", call.key);
    out.argument_if_any(operation.kind == Kind::get ? "if_none_match" : "if_match", call.if_match);
    add_own_arguments(out, operation, catalogue);
    return call.is_noted ? out.finish_noted(call, tenant) : out.finish();
}

}  // namespace cart::torture
