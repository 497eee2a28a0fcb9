// Reading and building jsonb.
#pragma once

#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/decimal.hpp"
#include "core/json.hpp"
#include "pg/server.hpp"
#include "pg/values.hpp"

extern "C" {
#include "utils/jsonb.h"
}

namespace cart::pg {

// Reads jsonb token by token, straight from its binary form: no tree, no recursion, and nothing
// allocated but the stack of open containers and the text of the number at hand.
class JsonbReader final : public core::JsonReader {
  public:
    JsonbReader(const Jsonb* document, std::pmr::memory_resource* memory);
    JsonbReader(const JsonbContainer* container, std::pmr::memory_resource* memory);
    JsonbReader(const JsonbReader&) = delete;
    JsonbReader& operator=(const JsonbReader&) = delete;
    ~JsonbReader() override;

    core::JsonToken next() override;
    void skip_value() override;
    void skip_container() override { open_.pop_back(); }

  private:
    struct Frame {
        const JsonbContainer* container;
        std::uint32_t next;  // of an object, keys are 0…n-1 and their values n…2n-1
        bool value_is_next;  // in an object: the key has been read
        bool is_shown;       // a scalar document is an array that is not shown
    };

    core::JsonToken enter(const JsonbContainer* container);
    core::JsonToken leave();
    core::JsonToken value(const JsonbContainer* container, std::uint32_t index);
    core::JsonToken number(const char* numeric);
    void forget_number() noexcept;

    std::pmr::vector<Frame> open_;
    const JsonbContainer* root_;
    char* number_ = nullptr;
    std::uint32_t tokens_ = 0;
};

// The containers of a document that is an array: those elements that are objects or arrays
// themselves. nullptr for the others.
[[nodiscard]] std::pmr::vector<const JsonbContainer*> containers_in(
    const JsonbContainer* array, std::pmr::memory_resource* memory);

[[nodiscard]] inline bool is_array(const Jsonb* document) noexcept {
    return JB_ROOT_IS_ARRAY(document) && !JB_ROOT_IS_SCALAR(document);
}
[[nodiscard]] inline bool is_object(const Jsonb* document) noexcept {
    return JB_ROOT_IS_OBJECT(document);
}

// The value of a member, as a document of its own; nullptr where the object has no such member.
[[nodiscard]] const Jsonb* member(const JsonbContainer* object, std::string_view name);
// The names of an object's members.
[[nodiscard]] std::vector<std::string_view> names_in(const JsonbContainer* object);
[[nodiscard]] bool is_null(const Jsonb* document) noexcept;
// Whether two documents have the same value.
[[nodiscard]] bool is_equal(const Jsonb* a, const Jsonb* b);

// The document as the server keeps it. Documents with the same bytes are equal; equal ones may
// have other bytes, where their numbers are spelled differently (1.0 and 1).
[[nodiscard]] inline std::string_view bytes_of(const Jsonb* document) {
    return {VARDATA(document), VARSIZE(document) - VARHDRSZ};
}

// The document as JSON text.
[[nodiscard]] std::string to_json_text(const Jsonb* document);

// A copy of the document in the memory context.
[[nodiscard]] Jsonb* copied(const Jsonb* document, MemoryContext context);

// Builds a jsonb document. Members of one object with the same name: the last one counts.
//
// Makes the tree of values itself that the server writes documents from. pushJsonbValue() would do
// it, at several times the cost: it sorts each object's members where they lie, and each of its
// calls can fail and has to be guarded.
class JsonbBuilder {
  public:
    JsonbBuilder& begin_object();
    JsonbBuilder& end_object();
    JsonbBuilder& begin_array();
    JsonbBuilder& end_array();
    JsonbBuilder& key(std::string_view name);
    template <std::size_t size>
    JsonbBuilder& key(const char (&literal)[size]) {
        return lasting_key({literal, size - 1});
    }

    JsonbBuilder& text(std::string_view value);
    JsonbBuilder& text(const std::string& value) { return text(std::string_view(value)); }
    JsonbBuilder& text(const char* value) { return text(std::string_view(value)); }
    JsonbBuilder& text(const std::optional<std::string_view>& value);
    JsonbBuilder& number(std::string_view plain);
    JsonbBuilder& number(long long value);
    JsonbBuilder& number(const std::optional<core::Decimal>& value);
    // With at least so many digits after the point, as amounts are given.
    JsonbBuilder& amount(const core::Decimal& value, int digits);
    JsonbBuilder& boolean(bool value);
    JsonbBuilder& null();
    JsonbBuilder& uuid(const Uuid& value);
    JsonbBuilder& time(TimestampTz value);
    JsonbBuilder& json(const Jsonb* document);  // nullptr: null
    JsonbBuilder& json(const JsonbContainer* container);

    // Copies the members of `object` into the object being built, but for those that `left_out`
    // names. What is no object has none.
    using Filter = bool (*)(std::string_view name);
    JsonbBuilder& members_of(const JsonbContainer* object, Filter left_out);

    // Copies the members of `object` with the members of `changes` over them; those that are null
    // there are left out. A merge patch of one level (RFC 7396).
    JsonbBuilder& patched(const JsonbContainer* object, const JsonbContainer* changes,
                          Filter left_out);

    // The document, in the memory context, or the current one.
    [[nodiscard]] Jsonb* finish(MemoryContext context = CurrentMemoryContext);

  private:
    // An array or object that is open.
    struct Level {
        JsonbValue container;
        int room;
        JsonbValue key;  // of the member to come
        Level* outer;
    };

    void open(jbvType type);
    void close();
    void push_value(const JsonbValue& value);
    // The name lasts as long as the builder.
    JsonbBuilder& lasting_key(std::string_view name);

    Level* level_ = nullptr;
    JsonbValue root_{};
};

// The members that stand in one of the objects alone, or in both, spelled differently.
[[nodiscard]] std::pmr::vector<std::string_view> differing_members(
    const Jsonb* first, const Jsonb* second, std::pmr::memory_resource* memory);

// Whether each member of `other`, but for those that `left_out` names, stands in `object` with just
// that value, numbers with as many zeros at their end.
[[nodiscard]] bool has_members_of(const JsonbContainer* object, const JsonbContainer* other,
                                  JsonbBuilder::Filter left_out);

}  // namespace cart::pg
