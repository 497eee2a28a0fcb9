#include "pg/jsonb.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "pg/guard.hpp"
#include "pg/memory.hpp"

extern "C" {
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
}

namespace cart::pg {

namespace {

std::uint32_t size_of(const JsonbContainer* container) noexcept {
    return JsonContainerSize(container);
}

bool is_object(const JsonbContainer* container) noexcept {
    return JsonContainerIsObject(container);
}

// Where the data of a container begins: behind an entry for each element, or two for each member.
const char* data_of(const JsonbContainer* container) noexcept {
    const std::uint32_t entries = size_of(container) * (is_object(container) ? 2 : 1);
    return reinterpret_cast<const char*>(container->children + entries);
}

// The string at `index`: a member's name, or a value that is known to be a string.
std::string_view string_at(const JsonbContainer* container, std::uint32_t index) noexcept {
    const int at = static_cast<int>(index);
    return {data_of(container) + getJsonbOffset(container, at), getJsonbLength(container, at)};
}

// Numbers and containers are aligned.
const char* aligned_at(const JsonbContainer* container, std::uint32_t index) noexcept {
    return data_of(container) + INTALIGN(getJsonbOffset(container, static_cast<int>(index)));
}

const JsonbContainer* container_at(const JsonbContainer* container, std::uint32_t index) noexcept {
    return reinterpret_cast<const JsonbContainer*>(aligned_at(container, index));
}

int aligned_length_at(const JsonbContainer* container, std::uint32_t index) noexcept {
    const int at = static_cast<int>(index);
    const std::uint32_t offset = getJsonbOffset(container, at);
    return static_cast<int>(getJsonbLength(container, at) - (INTALIGN(offset) - offset));
}

// The value at `index` as the server's JsonbValue, without copying it.
JsonbValue value_at(const JsonbContainer* container, std::uint32_t index) noexcept {
    const JEntry entry = container->children[index];
    JsonbValue value{};
    if (JBE_ISSTRING(entry)) {
        const std::string_view text = string_at(container, index);
        value.type = jbvString;
        value.val.string.val = const_cast<char*>(text.data());
        value.val.string.len = static_cast<int>(text.size());
    } else if (JBE_ISNUMERIC(entry)) {
        value.type = jbvNumeric;
        value.val.numeric =
            reinterpret_cast<Numeric>(const_cast<char*>(aligned_at(container, index)));
    } else if (JBE_ISBOOL(entry)) {
        value.type = jbvBool;
        value.val.boolean = JBE_ISBOOL_TRUE(entry);
    } else if (JBE_ISCONTAINER(entry)) {
        value.type = jbvBinary;
        value.val.binary.data = const_cast<JsonbContainer*>(container_at(container, index));
        value.val.binary.len = aligned_length_at(container, index);
    } else {
        value.type = jbvNull;
    }
    return value;
}

// The bytes of the value at `index`. Those of `true` are its entry, of which null has none either.
std::string_view bytes_at(const JsonbContainer* container, std::uint32_t index) noexcept {
    const JEntry entry = container->children[index];
    if (JBE_ISSTRING(entry)) {
        return string_at(container, index);
    }
    if (JBE_ISNUMERIC(entry) || JBE_ISCONTAINER(entry)) {
        return {aligned_at(container, index),
                static_cast<std::size_t>(aligned_length_at(container, index))};
    }
    return {};
}

// Whether two values are spelled the same.
bool is_same(const JsonbContainer* a, std::uint32_t index_a, const JsonbContainer* b,
             std::uint32_t index_b) noexcept {
    return (a->children[index_a] & JENTRY_TYPEMASK) == (b->children[index_b] & JENTRY_TYPEMASK) &&
           bytes_at(a, index_a) == bytes_at(b, index_b);
}

}  // namespace

JsonbReader::JsonbReader(const Jsonb* document, std::pmr::memory_resource* memory)
    : JsonbReader(&document->root, memory) {}

JsonbReader::JsonbReader(const JsonbContainer* container, std::pmr::memory_resource* memory)
    : open_(memory), root_(container) {}

JsonbReader::~JsonbReader() { forget_number(); }

void JsonbReader::forget_number() noexcept {
    if (number_ != nullptr) {
        pfree(number_);
        number_ = nullptr;
    }
}

core::JsonToken JsonbReader::next() {
    forget_number();
    // A document may have millions of tokens, and somebody may want to cancel the statement.
    constexpr std::uint32_t tokens_between_interrupts = 4096;
    if (++tokens_ % tokens_between_interrupts == 0) {
        guarded([] { CHECK_FOR_INTERRUPTS(); });
    }
    if (open_.empty()) {
        if (root_ == nullptr) {
            return {};
        }
        const JsonbContainer* root = root_;
        root_ = nullptr;
        if (!JsonContainerIsScalar(root)) {
            return enter(root);
        }
        open_.push_back({.container = root, .next = 0, .value_is_next = false, .is_shown = false});
    }
    Frame& frame = open_.back();
    if (frame.value_is_next) {
        frame.value_is_next = false;
        return value(frame.container, size_of(frame.container) + frame.next++);
    }
    if (frame.next == size_of(frame.container)) {
        return leave();
    }
    if (is_object(frame.container)) {
        frame.value_is_next = true;
        return {.event = core::JsonEvent::key, .text = string_at(frame.container, frame.next)};
    }
    return value(frame.container, frame.next++);
}

void JsonbReader::skip_value() {
    Frame& frame = open_.back();
    frame.value_is_next = false;
    ++frame.next;
}

core::JsonToken JsonbReader::enter(const JsonbContainer* container) {
    open_.push_back({.container = container, .next = 0, .value_is_next = false, .is_shown = true});
    return {.event = is_object(container) ? core::JsonEvent::object_begin
                                          : core::JsonEvent::array_begin};
}

core::JsonToken JsonbReader::leave() {
    const Frame frame = open_.back();
    open_.pop_back();
    if (!frame.is_shown) {
        return {};
    }
    return {.event = is_object(frame.container) ? core::JsonEvent::object_end
                                                : core::JsonEvent::array_end};
}

core::JsonToken JsonbReader::value(const JsonbContainer* container, std::uint32_t index) {
    const JEntry entry = container->children[index];
    if (JBE_ISSTRING(entry)) {
        return {.event = core::JsonEvent::string, .text = string_at(container, index)};
    }
    if (JBE_ISNUMERIC(entry)) {
        return number(aligned_at(container, index));
    }
    if (JBE_ISBOOL(entry)) {
        return {.event = core::JsonEvent::boolean, .truth = JBE_ISBOOL_TRUE(entry)};
    }
    if (JBE_ISCONTAINER(entry)) {
        return enter(container_at(container, index));
    }
    return {.event = core::JsonEvent::null};
}

core::JsonToken JsonbReader::number(const char* numeric) {
    number_ = guarded([&] {
        return DatumGetCString(DirectFunctionCall1(numeric_out, PointerGetDatum(numeric)));
    });
    return {.event = core::JsonEvent::number, .text = number_};
}

std::pmr::vector<const JsonbContainer*> containers_in(const JsonbContainer* array,
                                                      std::pmr::memory_resource* memory) {
    std::pmr::vector<const JsonbContainer*> containers(size_of(array), nullptr, memory);
    for (std::uint32_t i = 0; i < size_of(array); ++i) {
        if (JBE_ISCONTAINER(array->children[i])) {
            containers[i] = container_at(array, i);
        }
    }
    return containers;
}

namespace {

// jsonb keeps the names of an object in this order.
bool is_before(std::string_view a, std::string_view b) noexcept {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// The place of a member in an object, or the number of its members where it has none of that name.
std::uint32_t place_of(const JsonbContainer* object, std::string_view name) noexcept {
    const std::uint32_t members = size_of(object);
    std::uint32_t low = 0;
    std::uint32_t high = members;
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (is_before(string_at(object, middle), name)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < members && string_at(object, low) == name ? low : members;
}

}  // namespace

std::pmr::vector<std::string_view> differing_members(const Jsonb* first, const Jsonb* second,
                                                     std::pmr::memory_resource* memory) {
    std::pmr::vector<std::string_view> names(memory);
    if (VARSIZE(first) == VARSIZE(second) && std::memcmp(first, second, VARSIZE(first)) == 0) {
        return names;
    }
    const JsonbContainer* a = &first->root;
    const JsonbContainer* b = &second->root;
    const std::uint32_t count_a = is_object(a) ? size_of(a) : 0;
    const std::uint32_t count_b = is_object(b) ? size_of(b) : 0;
    // Both have their members in the same order.
    std::uint32_t i = 0;
    std::uint32_t j = 0;
    while (i < count_a || j < count_b) {
        const auto name_a = i < count_a ? std::optional(string_at(a, i)) : std::nullopt;
        const auto name_b = j < count_b ? std::optional(string_at(b, j)) : std::nullopt;
        if (name_a == name_b) {
            if (!is_same(a, count_a + i, b, count_b + j)) {
                names.push_back(*name_a);
            }
            ++i;
            ++j;
        } else if (!name_b || (name_a && is_before(*name_a, *name_b))) {
            names.push_back(*name_a);
            ++i;
        } else {
            names.push_back(*name_b);
            ++j;
        }
    }
    return names;
}

bool has_members_of(const JsonbContainer* object, const JsonbContainer* other,
                    JsonbBuilder::Filter left_out) {
    if (!is_object(object) || !is_object(other)) {
        return false;
    }
    const std::uint32_t members = size_of(object);
    for (std::uint32_t i = 0; i < size_of(other); ++i) {
        const std::string_view name = string_at(other, i);
        if (left_out(name)) {
            continue;
        }
        const std::uint32_t place = place_of(object, name);
        if (place == members || !is_same(object, members + place, other, size_of(other) + i)) {
            return false;
        }
    }
    return true;
}

const Jsonb* member(const JsonbContainer* object, std::string_view name) {
    const std::uint32_t place = is_object(object) ? place_of(object, name) : size_of(object);
    if (place == size_of(object)) {
        return nullptr;
    }
    JsonbValue value = value_at(object, size_of(object) + place);
    return guarded([&] { return JsonbValueToJsonb(&value); });
}

std::vector<std::string_view> names_in(const JsonbContainer* object) {
    std::vector<std::string_view> names;
    names.reserve(size_of(object));
    for (std::uint32_t i = 0; i < size_of(object); ++i) {
        names.push_back(string_at(object, i));
    }
    return names;
}

bool is_null(const Jsonb* document) noexcept {
    return JB_ROOT_IS_SCALAR(document) && JBE_ISNULL(document->root.children[0]);
}

bool is_equal(const Jsonb* a, const Jsonb* b) {
    return guarded([&] {
        return compareJsonbContainers(const_cast<JsonbContainer*>(&a->root),
                                      const_cast<JsonbContainer*>(&b->root)) == 0;
    });
}

std::string to_json_text(const Jsonb* document) {
    // The server does not write to it, though it does not say so.
    auto* root = const_cast<JsonbContainer*>(&document->root);
    return guarded(
        [&] { return JsonbToCString(nullptr, root, static_cast<int>(VARSIZE(document))); });
}

Jsonb* copied(const Jsonb* document, MemoryContext context) {
    auto* copy = guarded(
        [&] { return static_cast<Jsonb*>(MemoryContextAlloc(context, VARSIZE(document))); });
    std::memcpy(copy, document, VARSIZE(document));
    return copy;
}

namespace {

constexpr int first_room = 16;

std::string_view name_of(const JsonbPair& member) {
    return {member.key.val.string.val, static_cast<std::size_t>(member.key.val.string.len)};
}

bool comes_before(const JsonbPair& a, const JsonbPair& b) {
    return is_before(name_of(a), name_of(b));
}

// In the order in which a document keeps its members, each name once: the last counts.
void order(JsonbValue& object) {
    const std::span members(object.val.object.pairs,
                            static_cast<std::size_t>(object.val.object.nPairs));
    if (!std::ranges::is_sorted(members, comes_before)) {
        std::ranges::stable_sort(members, comes_before);
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (i + 1 == members.size() || name_of(members[i]) != name_of(members[i + 1])) {
            members[kept++] = members[i];
        }
    }
    object.val.object.nPairs = static_cast<int>(kept);
}

// With room for twice as many.
template <typename T>
T* enlarged(T* values, int& room) {
    constexpr std::size_t most = std::min<std::size_t>(MaxAllocSize / sizeof(T), JB_CMASK);
    const std::size_t wanted = std::min(most, 2 * static_cast<std::size_t>(room));
    if (wanted <= static_cast<std::size_t>(room)) {
        raise(ERRCODE_PROGRAM_LIMIT_EXCEEDED, "a JSON document has too many elements");
    }
    room = static_cast<int>(wanted);
    return guarded([&] { return static_cast<T*>(repalloc(values, wanted * sizeof(T))); });
}

JsonbValue tree_of(const JsonbContainer* container);

// The value at `index`, an array or object as a tree.
JsonbValue branch_at(const JsonbContainer* container, std::uint32_t index) {
    const JsonbValue value = value_at(container, index);
    return value.type == jbvBinary ? tree_of(value.val.binary.data) : value;
}

// The tree of a document as it stands: its members are in order already. Inside guarded().
JsonbValue tree_of(const JsonbContainer* container) {
    check_stack_depth();
    const std::uint32_t size = size_of(container);
    JsonbValue tree{};
    if (is_object(container)) {
        tree.type = jbvObject;
        tree.val.object.nPairs = static_cast<int>(size);
        tree.val.object.pairs = static_cast<JsonbPair*>(palloc(size * sizeof(JsonbPair)));
        for (std::uint32_t i = 0; i < size; ++i) {
            tree.val.object.pairs[i] = {
                .key = value_at(container, i), .value = branch_at(container, size + i), .order = i};
        }
        return tree;
    }
    tree.type = jbvArray;
    tree.val.array.nElems = static_cast<int>(size);
    tree.val.array.rawScalar = false;
    tree.val.array.elems = static_cast<JsonbValue*>(palloc(size * sizeof(JsonbValue)));
    for (std::uint32_t i = 0; i < size; ++i) {
        tree.val.array.elems[i] = branch_at(container, i);
    }
    return tree;
}

}  // namespace

void JsonbBuilder::open(jbvType type) {
    level_ = guarded([&] {
        auto* level = static_cast<Level*>(palloc(sizeof(Level)));
        level->outer = level_;
        level->room = first_room;
        level->container.type = type;
        if (type == jbvObject) {
            level->container.val.object.nPairs = 0;
            level->container.val.object.pairs =
                static_cast<JsonbPair*>(palloc(first_room * sizeof(JsonbPair)));
        } else {
            level->container.val.array.nElems = 0;
            level->container.val.array.rawScalar = false;
            level->container.val.array.elems =
                static_cast<JsonbValue*>(palloc(first_room * sizeof(JsonbValue)));
        }
        return level;
    });
}

void JsonbBuilder::close() {
    JsonbValue done = level_->container;
    level_ = level_->outer;
    if (done.type == jbvObject) {
        order(done);
    }
    push_value(done);
}

JsonbBuilder& JsonbBuilder::begin_object() {
    open(jbvObject);
    return *this;
}

JsonbBuilder& JsonbBuilder::end_object() {
    close();
    return *this;
}

JsonbBuilder& JsonbBuilder::begin_array() {
    open(jbvArray);
    return *this;
}

JsonbBuilder& JsonbBuilder::end_array() {
    close();
    return *this;
}

namespace {

// The builder keeps pointers until the end, so it gets a copy of every text.
JsonbValue string_value(std::string_view text) {
    auto* copy = static_cast<char*>(allocate(text.size() + 1));
    text.copy(copy, text.size());  // of an empty text there may be no address
    JsonbValue value{};
    value.type = jbvString;
    value.val.string.val = copy;
    value.val.string.len = static_cast<int>(text.size());
    return value;
}

JsonbValue numeric_value(Datum numeric) {
    JsonbValue value{};
    value.type = jbvNumeric;
    value.val.numeric = DatumGetNumeric(numeric);
    return value;
}

}  // namespace

JsonbBuilder& JsonbBuilder::key(std::string_view name) {
    level_->key = string_value(name);
    return *this;
}

JsonbBuilder& JsonbBuilder::lasting_key(std::string_view name) {
    level_->key.type = jbvString;
    level_->key.val.string.val = const_cast<char*>(name.data());
    level_->key.val.string.len = static_cast<int>(name.size());
    return *this;
}

JsonbBuilder& JsonbBuilder::text(std::string_view value) {
    push_value(string_value(value));
    return *this;
}

JsonbBuilder& JsonbBuilder::text(const std::optional<std::string_view>& value) {
    return value ? text(*value) : null();
}

JsonbBuilder& JsonbBuilder::number(std::string_view plain) {
    push_value(numeric_value(numeric_datum(plain)));
    return *this;
}

JsonbBuilder& JsonbBuilder::number(long long value) {
    push_value(numeric_value(guarded([&] { return NumericGetDatum(int64_to_numeric(value)); })));
    return *this;
}

JsonbBuilder& JsonbBuilder::number(const std::optional<core::Decimal>& value) {
    return value ? amount(*value, 0) : null();
}

JsonbBuilder& JsonbBuilder::amount(const core::Decimal& value, int digits) {
    push_value(numeric_value(numeric_datum(value, digits)));
    return *this;
}

JsonbBuilder& JsonbBuilder::boolean(bool value) {
    JsonbValue boolean{};
    boolean.type = jbvBool;
    boolean.val.boolean = value;
    push_value(boolean);
    return *this;
}

JsonbBuilder& JsonbBuilder::null() {
    JsonbValue null{};
    null.type = jbvNull;
    push_value(null);
    return *this;
}

JsonbBuilder& JsonbBuilder::uuid(const Uuid& value) {
    const UuidText characters = text_of(value);
    return text(std::string_view(characters.data(), characters.size()));
}

JsonbBuilder& JsonbBuilder::time(TimestampTz value) { return text(to_string(value)); }

JsonbBuilder& JsonbBuilder::json(const Jsonb* document) {
    if (document == nullptr) {
        return null();
    }
    if (JB_ROOT_IS_SCALAR(document)) {
        push_value(value_at(&document->root, 0));
        return *this;
    }
    return json(&document->root);
}

JsonbBuilder& JsonbBuilder::json(const JsonbContainer* container) {
    JsonbValue value{};
    value.type = jbvBinary;
    value.val.binary.data = const_cast<JsonbContainer*>(container);
    push_value(value);
    return *this;
}

JsonbBuilder& JsonbBuilder::members_of(const JsonbContainer* object, Filter left_out) {
    if (!is_object(object)) {
        return *this;  // loaded past the rules of the tables: it has no members
    }
    for (std::uint32_t i = 0; i < size_of(object); ++i) {
        const std::string_view name = string_at(object, i);
        if (!left_out(name)) {
            lasting_key(name);
            push_value(value_at(object, size_of(object) + i));
        }
    }
    return *this;
}

JsonbBuilder& JsonbBuilder::patched(const JsonbContainer* object, const JsonbContainer* changes,
                                    Filter left_out) {
    // What was loaded past the rules may be no object: it has no members.
    const std::uint32_t members = is_object(object) ? size_of(object) : 0;
    const std::uint32_t names = is_object(changes) ? size_of(changes) : 0;
    for (std::uint32_t i = 0; i < members; ++i) {
        const std::string_view name = string_at(object, i);
        if (!left_out(name) && (names == 0 || place_of(changes, name) == names)) {
            lasting_key(name);
            push_value(value_at(object, members + i));
        }
    }
    for (std::uint32_t i = 0; i < names; ++i) {
        const std::string_view name = string_at(changes, i);
        if (!left_out(name) && !JBE_ISNULL(changes->children[names + i])) {
            lasting_key(name);
            push_value(value_at(changes, names + i));
        }
    }
    return *this;
}

void JsonbBuilder::push_value(const JsonbValue& value) {
    if (level_ == nullptr) {
        root_ = value;
        return;
    }
    // An array or object within another has to be a tree, too.
    const JsonbValue within =
        value.type == jbvBinary ? guarded([&] { return tree_of(value.val.binary.data); }) : value;
    if (level_->container.type == jbvObject) {
        auto& object = level_->container.val.object;
        if (object.nPairs == level_->room) {
            object.pairs = enlarged(object.pairs, level_->room);
        }
        object.pairs[object.nPairs++] = {.key = level_->key, .value = within, .order = 0};
    } else {
        auto& array = level_->container.val.array;
        if (array.nElems == level_->room) {
            array.elems = enlarged(array.elems, level_->room);
        }
        array.elems[array.nElems++] = within;
    }
}

Jsonb* JsonbBuilder::finish(MemoryContext context) {
    return guarded([&] {
        MemoryContextData* const before = MemoryContextSwitchTo(context);
        Jsonb* document = JsonbValueToJsonb(&root_);
        MemoryContextSwitchTo(before);
        return document;
    });
}

}  // namespace cart::pg
