#include "core/canonical.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

#include "core/error.hpp"
#include "core/text.hpp"

namespace cart::core {

namespace {

namespace tag {
constexpr char string = 's';
constexpr char long_string = 'h';
constexpr char number = 'n';
constexpr char measure = 'q';
constexpr char yes = 't';
constexpr char no = 'f';
constexpr char nothing = '0';  // in lists only, where it keeps its place
constexpr char list = 'l';
constexpr char set = 'S';
constexpr char object = 'o';
constexpr char long_container = 'H';
}  // namespace tag

// A value ends with its length, or a container with its count, in four bytes, and its tag.
constexpr std::size_t length_bytes = 4;
constexpr std::size_t end_bytes = length_bytes + 1;

// Forms longer than this are replaced by their digest.
constexpr std::size_t max_form = 4096;

// Numbers as product_id are compared as their plain text, up to so many characters. jsonb holds
// at most 131,072 digits before the point and 16,383 behind it.
constexpr std::size_t max_plain = 150'000;

void append_length(std::pmr::string& out, std::size_t length) {
    for (unsigned shift = 0; shift < 8 * length_bytes; shift += 8) {
        out += static_cast<char>(static_cast<std::uint64_t>(length) >> shift & 0xFFU);
    }
}

// The size of the form that write_string gives a short text.
constexpr std::size_t form_size(std::string_view text) { return text.size() + end_bytes; }

// The text in the form of a string or number.
std::string_view text_of(std::string_view form) { return form.substr(0, form.size() - end_bytes); }

// Shorter first, then by bytes: the order in which jsonb keeps its members, so that they hardly
// ever have to be moved.
bool shorter_or_less(std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace

CanonicalForm::CanonicalForm(std::pmr::memory_resource* memory)
    : form_(memory), entries_(memory), frames_(memory), scratch_(memory), text_(memory) {
    // The identity is itself an object, whose members are added one by one.
    frames_.push_back({.shape = Shape::object,
                       .context = Context::plain,
                       .inside = Context::plain,
                       .begin = 0,
                       .first_entry = 0});
}

CanonicalForm::Context CanonicalForm::context_of(std::string_view name) noexcept {
    if (name == "product_id" || name == "variant_id") {
        return Context::id;
    }
    if (name == "dimensions") {
        return Context::dimensions;
    }
    return name == "options" ? Context::options : Context::plain;
}

CanonicalForm::Context CanonicalForm::context_inside(Context context) noexcept {
    switch (context) {
        case Context::dimensions:
            return Context::dimensions;
        case Context::options:
        case Context::in_options:
            return Context::in_options;
        case Context::plain:
        case Context::id:
            break;
    }
    return Context::plain;
}

void CanonicalForm::add(std::string_view name, const JsonToken& first, JsonReader& reader) {
    begin_entry();
    write_string(name);
    entries_.back().name_end = form_.size();
    frames_.back().inside = context_of(name);
    take(first);
    while (frames_.size() > 1) {
        take(reader.next());
    }
}

void CanonicalForm::close_identity() {
    if (count(frames_.back()) > 0) {
        close_members(frames_.back());
    }
}

port::Sha256Digest CanonicalForm::digest() const {
    return port::sha256(std::as_bytes(std::span(form_)));
}

void CanonicalForm::take(const JsonToken& token) {
    if (token.event == JsonEvent::key) {
        begin_member(token.text);
        return;
    }
    if (ends_container(token.event)) {
        close();
        return;
    }
    if (frames_.back().shape == Shape::array) {
        begin_entry();
    }
    if (begins_container(token.event)) {
        open(token);
    } else {
        end_entry(write_scalar(token));
    }
}

void CanonicalForm::begin_entry() {
    const std::size_t begin = form_.size();
    entries_.push_back({.begin = begin, .name_end = begin, .end = begin, .is_pair = false});
}

void CanonicalForm::begin_member(std::string_view name) {
    begin_entry();
    write_string(normalize(name, text_));
    entries_.back().name_end = form_.size();
}

void CanonicalForm::end_entry(bool something) {
    const Frame& frame = frames_.back();
    if (!something) {
        const bool keeps_place = frame.shape == Shape::array && frame.context != Context::options &&
                                 frame.context != Context::in_options;
        if (!keeps_place) {
            form_.resize(entries_.back().begin);
            entries_.pop_back();
            return;
        }
        form_ += tag::nothing;
    }
    entries_.back().end = form_.size();
}

void CanonicalForm::open(const JsonToken& token) {
    const Context context = frames_.back().inside;
    frames_.push_back(
        {.shape = token.event == JsonEvent::object_begin ? Shape::object : Shape::array,
         .context = context,
         .inside = context_inside(context),
         .begin = form_.size(),
         .first_entry = entries_.size()});
}

void CanonicalForm::close() {
    const Frame frame = frames_.back();
    const bool something = frame.shape == Shape::object ? close_object(frame) : close_array(frame);
    frames_.pop_back();
    end_entry(something);
}

bool CanonicalForm::close_object(const Frame& frame) {
    if (count(frame) == 0) {
        return false;
    }
    if (frame.context == Context::dimensions && write_as_measure(frame)) {
        return true;
    }
    sort_entries(frame);
    if (is_pair(frame)) {
        // Kept whole, whatever its length, for turn_pairs_into_members().
        const std::size_t name_end = entries_[frame.first_entry].end;
        append_length(form_, count(frame));
        form_ += tag::object;
        entries_.resize(frame.first_entry);
        entries_.back().name_end = name_end;
        entries_.back().is_pair = true;
        return true;
    }
    close_members(frame);
    return true;
}

void CanonicalForm::close_members(const Frame& frame) {
    sort_entries(frame);
    append_length(form_, count(frame));
    form_ += tag::object;
    shorten(frame.begin, tag::long_container);
    entries_.resize(frame.first_entry);
}

bool CanonicalForm::close_array(const Frame& frame) {
    if (count(frame) == 0) {
        return false;
    }
    const auto first = entries_.begin() + static_cast<std::ptrdiff_t>(frame.first_entry);
    if (std::all_of(first, entries_.end(), [](const Entry& entry) { return entry.is_pair; })) {
        turn_pairs_into_members(frame);
        if (count(frame) == 0) {
            return false;
        }
        close_members(frame);
        return true;
    }
    const bool is_set = frame.context == Context::options || frame.context == Context::in_options;
    if (is_set) {
        sort_entries(frame);
    }
    append_length(form_, count(frame));
    form_ += is_set ? tag::set : tag::list;
    shorten(frame.begin, tag::long_container);
    entries_.resize(frame.first_entry);
    return true;
}

// An object in dimensions that is {"value": number, "unit": known unit}.
bool CanonicalForm::write_as_measure(const Frame& frame) {
    if (count(frame) != 2) {
        return false;
    }
    sort_entries(frame);
    const Entry& unit = entries_[frame.first_entry];  // "unit" is shorter than "value"
    const Entry& value = entries_[frame.first_entry + 1];
    const std::string_view unit_form = value_of(unit);
    const std::string_view value_form = value_of(value);
    if (text_of(name_of(unit)) != "unit" || text_of(name_of(value)) != "value" ||
        unit_form.back() != tag::string || value_form.back() != tag::number) {
        return false;
    }
    const auto number = parse_number(text_of(value_form), memory());
    const auto found = measure(number.value(), text_of(unit_form));
    if (!found) {
        return false;
    }
    form_.resize(frame.begin);
    entries_.resize(frame.first_entry);
    write_measure(*found);
    return true;
}

// Whether the object, whose entries are sorted, is an element of the list under options and has
// the members name, a string, and value, which may be nothing.
bool CanonicalForm::is_pair(const Frame& frame) const {
    const Frame& parent = frames_[frames_.size() - 2];
    if (parent.shape != Shape::array || parent.context != Context::options || count(frame) > 2) {
        return false;
    }
    const Entry& name = entries_[frame.first_entry];
    const char kind = value_of(name).back();
    return text_of(name_of(name)) == "name" && (kind == tag::string || kind == tag::long_string) &&
           (count(frame) == 1 || text_of(name_of(entries_[frame.first_entry + 1])) == "value");
}

// Rewrites the elements [{"name": n, "value": v}, …] as the members {n: v, …}.
void CanonicalForm::turn_pairs_into_members(const Frame& frame) {
    scratch_.clear();
    std::size_t kept = frame.first_entry;
    for (std::size_t i = frame.first_entry; i < entries_.size(); ++i) {
        const Entry pair = entries_[i];
        const std::size_t value_begin = pair.name_end + form_size("value");
        const std::size_t value_end = pair.end - end_bytes;
        if (value_begin >= value_end) {
            continue;  // a choice of nothing
        }
        const std::size_t begin = frame.begin + scratch_.size();
        scratch_ += form(pair.begin + form_size("name"), pair.name_end);
        const std::size_t name_end = frame.begin + scratch_.size();
        scratch_ += form(value_begin, value_end);
        entries_[kept++] = {.begin = begin,
                            .name_end = name_end,
                            .end = frame.begin + scratch_.size(),
                            .is_pair = false};
    }
    entries_.resize(kept);
    form_.replace(frame.begin, std::pmr::string::npos, scratch_);
}

bool CanonicalForm::write_scalar(const JsonToken& token) {
    const Context context = frames_.back().inside;
    switch (token.event) {
        case JsonEvent::string:
            return write_text(normalize(token.text, text_));
        case JsonEvent::number: {
            const auto number = parse_number(token.text, memory());
            if (!number) {
                throw Error(ErrorCode::item_invalid, "a number of the item is out of range",
                            Detail().text("found", token.text));
            }
            if (context == Context::id) {
                write_string(number->plain(max_plain));
            } else {
                write_number(*number);
            }
            return true;
        }
        case JsonEvent::boolean:
            form_ += token.truth ? tag::yes : tag::no;
            return true;
        default:
            return false;
    }
}

bool CanonicalForm::write_text(std::string_view text) {
    if (text.empty()) {
        return false;
    }
    if (frames_.back().inside == Context::dimensions) {
        if (const auto number = parse_number(text, memory())) {
            write_number(*number);
            return true;
        }
        if (const auto measured = parse_measure(text, memory())) {
            write_measure(*measured);
            return true;
        }
    }
    write_string(text);
    return true;
}

void CanonicalForm::write_string(std::string_view text) {
    const std::size_t begin = form_.size();
    form_ += text;
    end_value(begin, tag::string);
    shorten(begin, tag::long_string);
}

void CanonicalForm::write_number(const NumberText& number) {
    const std::size_t begin = form_.size();
    number.append_normal(form_);
    end_value(begin, tag::number);
}

void CanonicalForm::write_measure(const Measure& measure) {
    const std::size_t begin = form_.size();
    measure.value.append_normal(form_);
    form_ += static_cast<char>(measure.kind);
    end_value(begin, tag::measure);
}

void CanonicalForm::end_value(std::size_t begin, char tag) {
    append_length(form_, form_.size() - begin);
    form_ += tag;
}

void CanonicalForm::shorten(std::size_t begin, char tag) {
    if (form_.size() - begin <= max_form) {
        return;
    }
    const auto digest = port::sha256(std::as_bytes(std::span(form_).subspan(begin)));
    form_.resize(begin);
    form_.append(reinterpret_cast<const char*>(digest.data()), digest.size());
    end_value(begin, tag);
}

// Puts the entries of the container, members or elements of a set, into the order of their forms.
void CanonicalForm::sort_entries(const Frame& frame) {
    const auto first = entries_.begin() + static_cast<std::ptrdiff_t>(frame.first_entry);
    const auto less = [this](const Entry& a, const Entry& b) {
        const std::string_view name_a = name_of(a);
        const std::string_view name_b = name_of(b);
        return name_a != name_b ? shorter_or_less(name_a, name_b)
                                : shorter_or_less(value_of(a), value_of(b));
    };
    if (std::is_sorted(first, entries_.end(), less)) {
        return;
    }
    std::sort(first, entries_.end(), less);
    scratch_.clear();
    for (auto entry = first; entry != entries_.end(); ++entry) {
        const std::size_t begin = frame.begin + scratch_.size();
        scratch_ += form(entry->begin, entry->end);
        entry->name_end = begin + (entry->name_end - entry->begin);
        entry->begin = begin;
        entry->end = frame.begin + scratch_.size();
    }
    form_.replace(frame.begin, std::pmr::string::npos, scratch_);
}

std::pmr::memory_resource* CanonicalForm::memory() const {
    return form_.get_allocator().resource();
}

std::size_t CanonicalForm::count(const Frame& frame) const {
    return entries_.size() - frame.first_entry;
}

std::string_view CanonicalForm::form(std::size_t begin, std::size_t end) const {
    return std::string_view(form_).substr(begin, end - begin);
}

std::string_view CanonicalForm::name_of(const Entry& entry) const {
    return form(entry.begin, entry.name_end);
}

std::string_view CanonicalForm::value_of(const Entry& entry) const {
    return form(entry.name_end, entry.end);
}

}  // namespace cart::core
