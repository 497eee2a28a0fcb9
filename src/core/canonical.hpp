// The canonical form of an item's identity: equal values have equal forms, different ones don't.
//
// The form is a sequence of bytes in which every value stands before its length and its tag, and
// a container after its members (postfix). So it can be read back from its end, no two different
// values share a form, and nothing is moved when a container is closed. A part whose form would
// be long is replaced by its SHA-256, which keeps the work linear in the size of the item.
// The rules are those of section 2 of the contract; doc/items.md shows them by example.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/measure.hpp"
#include "core/port.hpp"

namespace cart::core {

class CanonicalForm {
  public:
    explicit CanonicalForm(std::pmr::memory_resource* memory);

    // Adds the identity member `name`, whose value begins with `first` and goes on in `reader`.
    // Reads exactly to the end of the value. Members may come in any order.
    void add(std::string_view name, const JsonToken& first, JsonReader& reader);

    // Ends the form. To be called once, after all was added.
    void close_identity();
    // The form of all that was added, once it is closed, and its SHA-256.
    [[nodiscard]] std::string_view form() const noexcept { return form_; }
    [[nodiscard]] port::Sha256Digest digest() const;

  private:
    // How the rules differ by place.
    enum class Context : unsigned char {
        plain,
        id,          // product_id, variant_id: a number equals its text
        dimensions,  // numbers, numeric strings and measures compare by value
        options,     // the value of options itself: it may be a list of name/value pairs
        in_options,  // below it: arrays are sets
    };
    enum class Shape : unsigned char { object, array };
    // An open container.
    struct Frame {
        Shape shape;
        Context context;
        Context inside;           // the context of what it holds
        std::size_t begin;        // where its bytes begin in form_
        std::size_t first_entry;  // its first entry in entries_
    };
    // A member or an element of an open container, as a piece of form_.
    struct Entry {
        std::size_t begin;
        std::size_t name_end;  // of a member, or of a pair: where the form of its name ends
        std::size_t end;
        bool is_pair;  // an element of options that is {"name":…, "value":…}
    };

    static Context context_of(std::string_view name) noexcept;
    static Context context_inside(Context context) noexcept;

    void take(const JsonToken& token);
    void begin_entry();
    void begin_member(std::string_view name);
    void end_entry(bool something);
    void open(const JsonToken& token);
    void close();

    // These write the form of a value and tell whether there is something: null, "", {} and []
    // are the contract's nothing, and have no form.
    bool write_scalar(const JsonToken& token);
    bool write_text(std::string_view text);
    bool close_object(const Frame& frame);
    bool close_array(const Frame& frame);
    void close_members(const Frame& frame);

    bool write_as_measure(const Frame& frame);
    [[nodiscard]] bool is_pair(const Frame& frame) const;
    void turn_pairs_into_members(const Frame& frame);

    void write_string(std::string_view text);
    void write_number(const NumberText& number);
    void write_measure(const Measure& measure);
    void end_value(std::size_t begin, char tag);
    void shorten(std::size_t begin, char tag);
    void sort_entries(const Frame& frame);

    [[nodiscard]] std::pmr::memory_resource* memory() const;
    [[nodiscard]] std::size_t count(const Frame& frame) const;
    [[nodiscard]] std::string_view form(std::size_t begin, std::size_t end) const;
    [[nodiscard]] std::string_view name_of(const Entry& entry) const;
    [[nodiscard]] std::string_view value_of(const Entry& entry) const;

    std::pmr::string form_;
    std::pmr::vector<Entry> entries_;
    std::pmr::vector<Frame> frames_;
    std::pmr::string scratch_;
    std::pmr::string text_;  // where normalize() puts what it had to change
};

}  // namespace cart::core
