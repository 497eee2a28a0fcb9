#include "api/operations.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace cart::api {

namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;
using core::JsonEvent;

constexpr std::size_t max_operations = 1000;

// One operation's object: its members are the parameters of its call.
class Parameters {
  public:
    Parameters(const JsonbContainer* object, std::pmr::memory_resource* memory)
        : object_(object), memory_(memory) {}

    // Refuses what the call has no parameter for: a misspelt one would be lost silently.
    void allow_only(std::initializer_list<std::string_view> names) const {
        for (const std::string_view name : pg::names_in(object_)) {
            if (name != "op" && std::ranges::find(names, name) == names.end()) {
                throw Error(ErrorCode::invalid_parameter, "the operation has no such parameter",
                            Detail().text("found", name));
            }
        }
    }

    // nullptr where it is absent or null.
    [[nodiscard]] const Jsonb* json(std::string_view name) const {
        const Jsonb* value = pg::member(object_, name);
        return value == nullptr || pg::is_null(value) ? nullptr : value;
    }

    [[nodiscard]] std::optional<std::string> text(std::string_view name) const {
        return scalar(name, JsonEvent::string, "a string");
    }
    [[nodiscard]] std::optional<std::string> number(std::string_view name) const {
        return scalar(name, JsonEvent::number, "a number");
    }

    [[nodiscard]] core::ItemKey key() const {
        const auto given = text("item_key");
        const auto key = given ? pg::parse_uuid(*given) : std::nullopt;
        if (!key) {
            throw Error(ErrorCode::invalid_parameter, "item_key must be a UUID",
                        Detail().text("parameter", "item_key").text("found", given.value_or("")));
        }
        return {.bytes = *key};
    }

  private:
    [[nodiscard]] std::optional<std::string> scalar(std::string_view name, JsonEvent kind,
                                                    const char* expected) const {
        const Jsonb* value = json(name);
        if (value == nullptr) {
            return std::nullopt;
        }
        pg::JsonbReader reader(value, memory_);
        const core::JsonToken token = reader.next();
        if (token.event != kind) {
            throw Error(ErrorCode::invalid_parameter, std::string(name) + " must be " + expected,
                        Detail().text("parameter", name).text("type", core::name_of(token.event)));
        }
        return std::string(token.text);
    }

    const JsonbContainer* object_;
    std::pmr::memory_resource* memory_;
};

Operation read_add(const Parameters& parameters, const core::MatchOn& match_on,
                   std::pmr::memory_resource* memory) {
    parameters.allow_only({"item", "quantity"});
    AddOperation add{.item =
                         read_item(required(parameters.json("item"), "item"), match_on, memory)};
    if (const auto quantity = parameters.number("quantity")) {
        add.item.facts.quantity = core::read_quantity(*quantity);
    }
    return add;
}

Operation read_operation(const JsonbContainer* object, const core::MatchOn& match_on,
                         std::pmr::memory_resource* memory) {
    if (object == nullptr || !JsonContainerIsObject(object)) {
        throw Error(ErrorCode::invalid_parameter, "an operation must be a JSON object", Detail());
    }
    const Parameters parameters(object, memory);
    const std::string name = parameters.text("op").value_or("");
    if (name == "add") {
        return read_add(parameters, match_on, memory);
    }
    if (name == "update") {
        parameters.allow_only({"item_key", "quantity", "changes"});
        return line_update(parameters.key(), parameters.number("quantity"),
                           parameters.json("changes"));
    }
    if (name == "remove") {
        parameters.allow_only({"item_key"});
        return RemoveOperation{.key = parameters.key()};
    }
    if (name == "clear") {
        parameters.allow_only({});
        return ClearOperation{};
    }
    if (name == "set") {
        parameters.allow_only({"changes"});
        return SetOperation{.changes = cart_changes(parameters.json("changes"))};
    }
    if (name == "discount") {
        parameters.allow_only({"discount"});
        return DiscountOperation{.discount = parameters.json("discount")};
    }
    if (name == "code") {
        parameters.allow_only({"code"});
        return CodeOperation{.code = std::string(discount_code(parameters.text("code")))};
    }
    throw Error(ErrorCode::invalid_parameter, "unknown operation", Detail().text("found", name),
                "Operations are add, update, remove, clear, set, discount and code.");
}

// Runs one operation. Without a cart, there is nothing to remove, and nothing to update.
struct Run {
    std::optional<CartEdit>& edit;

    void operator()(const AddOperation& add) const { edit.value().add(std::span(&add.item, 1)); }
    void operator()(const LineUpdate& update) const {
        if (!edit) {
            throw not_in_cart(update.key);
        }
        edit->update(update);
    }
    void operator()(const RemoveOperation& remove) const {
        if (edit) {
            edit->remove(remove.key);
        }
    }
    void operator()(const ClearOperation& /*clear*/) const {
        if (edit) {
            edit->clear();
        }
    }
    void operator()(const SetOperation& set) const { edit.value().set(set.changes); }
    void operator()(const DiscountOperation& discount) const {
        if (edit) {
            edit->set_discount(discount.discount);
        }
    }
    void operator()(const CodeOperation& code) const { edit.value().apply_code(code.code); }
};

// Calls `work` with each index from 0 on; an error of it tells the index.
template <typename Work>
void for_each_index(std::size_t count, Work work) {
    for (std::size_t i = 0; i < count; ++i) {
        try {
            work(i);
        } catch (Error& error) {
            error.add_index(i);
            throw;
        }
    }
}

}  // namespace

LineUpdate line_update(const core::ItemKey& key, const std::optional<std::string_view>& quantity,
                       const Jsonb* changes) {
    if (changes != nullptr && !pg::is_object(changes)) {
        throw Error(ErrorCode::item_invalid, "changes must be a JSON object",
                    Detail().text("parameter", "changes"));
    }
    return {
        .key = key,
        .quantity = quantity ? std::optional(core::read_quantity_or_zero(*quantity)) : std::nullopt,
        .changes = changes};
}

const Jsonb* cart_changes(const Jsonb* changes) {
    if (changes == nullptr || !pg::is_object(changes)) {
        throw Error(ErrorCode::invalid_parameter, "changes must be a JSON object",
                    Detail().text("parameter", "changes"));
    }
    return changes;
}

std::pmr::vector<Operation> read_operations(const Jsonb* operations, const core::MatchOn& match_on,
                                            std::pmr::memory_resource* memory) {
    if (operations == nullptr || !pg::is_array(operations)) {
        throw Error(ErrorCode::invalid_parameter, "operations must be a JSON array",
                    Detail().text("parameter", "operations"));
    }
    const auto objects = pg::containers_in(&operations->root, memory);
    if (objects.size() > max_operations) {
        throw Error(ErrorCode::limit_exceeded, "too many operations for one call",
                    Detail()
                        .text("limit", "operations")
                        .number("expected", static_cast<long long>(max_operations))
                        .number("found", static_cast<long long>(objects.size())),
                    "Split them into several calls.");
    }
    std::pmr::vector<Operation> read(memory);
    read.reserve(objects.size());
    for_each_index(objects.size(), [&](std::size_t i) {
        read.push_back(read_operation(objects[i], match_on, memory));
    });
    return read;
}

std::string_view discount_code(const std::optional<std::string_view>& code) {
    if (!code || code->empty()) {
        throw Error(ErrorCode::invalid_parameter, "code must not be empty",
                    Detail().text("parameter", "code"));
    }
    return store::identifier("code", *code);
}

bool makes_cart(const Operation& operation) {
    const auto* discount = std::get_if<DiscountOperation>(&operation);
    return std::holds_alternative<AddOperation>(operation) ||
           std::holds_alternative<SetOperation>(operation) ||
           std::holds_alternative<CodeOperation>(operation) ||
           (discount != nullptr && discount->discount != nullptr);
}

void run(std::span<const Operation> operations, std::optional<CartEdit>& edit) {
    for (std::size_t i = 0; i < operations.size();) {
        const std::size_t first = i;
        // Where there is a catalogue, it is asked for adds in a row together.
        const std::size_t most = edit && edit->has_catalog() ? operations.size() : i + 1;
        std::vector<GivenItem> items;
        while (i < most && std::holds_alternative<AddOperation>(operations[i])) {
            items.push_back(std::get<AddOperation>(operations[i++]).item);
        }
        try {
            if (items.empty()) {
                std::visit(Run{.edit = edit}, operations[i++]);
            } else {
                edit.value().add(items);
            }
        } catch (Error& error) {
            error.add_index(items.empty() ? first : first + error.index().value_or(0));
            throw;
        }
    }
}

}  // namespace cart::api
