#include "api/legacy_cart.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/port.hpp"

namespace cart::api {

namespace {

using core::Detail;
using core::Error;
using core::ErrorCode;

[[noreturn]] void refuse_mapping(const char* message, std::string_view member) {
    throw Error(ErrorCode::invalid_parameter, message,
                Detail().text("parameter", "mapping").text("member", member),
                R"(It names our members and theirs: {"product_id": "sku"}.)");
}

store::imports::Hash short_hash(std::string_view bytes) {
    const auto digest = core::port::sha256(std::as_bytes(std::span(bytes)));
    store::imports::Hash hash{};
    std::copy_n(digest.begin(), hash.size(), hash.begin());
    return hash;
}

// With its length before it, so that two texts never run into one another.
void append(std::string& out, std::string_view text) {
    out.append(std::to_string(text.size())).append(1, ':').append(text);
}

}  // namespace

Mapping::Mapping(const Jsonb* mapping, std::pmr::memory_resource* memory) {
    if (mapping == nullptr) {
        return;
    }
    if (!pg::is_object(mapping)) {
        refuse_mapping("mapping must be a JSON object", "");
    }
    constexpr std::size_t most_members = 64;
    pg::JsonbReader reader(mapping, memory);
    (void)reader.next();
    for (core::JsonToken key = reader.next(); key.event == core::JsonEvent::key;
         key = reader.next()) {
        const std::string ours(key.text);
        const core::JsonToken theirs = reader.next();
        if (theirs.event != core::JsonEvent::string || theirs.text.empty() || ours.empty()) {
            refuse_mapping("mapping must name a member for each member", ours);
        }
        if (std::ranges::any_of(renamed_,
                                [&](const auto& pair) { return pair.second == theirs.text; })) {
            refuse_mapping("mapping names a member twice", theirs.text);
        }
        renamed_.emplace_back(ours, std::string(theirs.text));
        if (renamed_.size() > most_members) {
            refuse_mapping("mapping names too many members", ours);
        }
    }
}

const Jsonb* Mapping::apply(const JsonbContainer* item) const {
    // A patch: theirs go, and ours come.
    pg::JsonbBuilder patch;
    patch.begin_object();
    for (const auto& [ours, theirs] : renamed_) {
        if (pg::member(item, theirs) != nullptr) {
            patch.key(theirs).null();
        }
    }
    for (const auto& [ours, theirs] : renamed_) {
        if (const Jsonb* value = pg::member(item, theirs)) {
            patch.key(ours).json(value);
        }
    }
    const Jsonb* changes = patch.end_object().finish();
    pg::JsonbBuilder out;
    out.begin_object();
    out.patched(item, &changes->root, [](std::string_view) { return false; });
    return out.end_object().finish();
}

std::pmr::vector<GivenItem> read_items(const store::SourceRow& row, const Mapping& mapping,
                                       const core::MatchOn& match_on,
                                       std::pmr::memory_resource* memory) {
    if (row.is_unreadable) {
        throw Error(ErrorCode::item_invalid, "the items cannot be read as jsonb");
    }
    if (row.items == nullptr) {
        return std::pmr::vector<GivenItem>(memory);
    }
    if (mapping.is_empty() || !pg::is_array(row.items)) {
        return read_items(row.items, match_on, memory);
    }
    pg::JsonbBuilder renamed;
    renamed.begin_array();
    pg::JsonbReader reader(row.items, memory);
    std::size_t place = 0;
    const auto objects = pg::containers_in(&row.items->root, memory);
    (void)reader.next();
    for (core::JsonToken token = reader.next(); token.event != core::JsonEvent::array_end;
         token = reader.next()) {
        if (token.event == core::JsonEvent::object_begin) {
            renamed.json(mapping.apply(objects[place]));
        } else {
            renamed.boolean(false);  // no item: refused below, with its index
        }
        ++place;
        core::skip(token, reader);
    }
    return read_items(renamed.end_array().finish(), match_on, memory);
}

void identify(LegacyRow& row) {
    std::string group;
    if (row.source.key.empty()) {
        append(group, row.source.user ? "user" : "session");
        append(group, row.source.user ? *row.source.user : row.source.session.value_or(""));
        if (const Jsonb* items = row.source.items) {
            row.content = short_hash(
                {reinterpret_cast<const char*>(items), static_cast<std::size_t>(VARSIZE(items))});
        }
    } else {
        append(group, "key");
        for (const std::string_view value : row.source.key) {
            append(group, value);
        }
    }
    row.group = short_hash(group);
}

void mark_repeated(std::span<LegacyRow*> rows, std::span<const store::imports::Record> records) {
    std::vector<store::imports::Hash> left;
    left.reserve(records.size());
    std::ranges::transform(records, std::back_inserter(left), &store::imports::Record::row);
    std::ranges::sort(left);
    std::size_t changed = left.size();
    std::vector<bool> is_taken(left.size(), false);
    for (LegacyRow* row : rows) {
        auto at = std::ranges::lower_bound(left, row->content);
        while (at != left.end() && *at == row->content &&
               is_taken[static_cast<std::size_t>(at - left.begin())]) {
            ++at;
        }
        if (at != left.end() && *at == row->content) {
            is_taken[static_cast<std::size_t>(at - left.begin())] = true;
            row->is_repeated = true;
            --changed;
        }
    }
    for (LegacyRow* row : rows) {
        if (changed > 0 && !row->is_repeated) {
            row->is_repeated = true;
            --changed;
        }
    }
}

}  // namespace cart::api
