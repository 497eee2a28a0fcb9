#include "pg/json_text.hpp"

#include <optional>
#include <string>

#include "pg/guard.hpp"

extern "C" {
#include "common/jsonapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
}

namespace cart::pg {

namespace {

// What the server's parser calls for each member. From PostgreSQL 16 on it tells an outcome.
#if PG_VERSION_NUM >= 160000
JsonParseErrorType count_member(void* count, char* /*name*/, bool /*is_null*/) {
    ++*static_cast<long*>(count);
    return JSON_SUCCESS;
}
#else
void count_member(void* count, char* /*name*/, bool /*is_null*/) { ++*static_cast<long*>(count); }
#endif

JsonLexContext* make_lexer(std::string& text) {
#if PG_VERSION_NUM >= 170000
    return makeJsonLexContextCstringLen(nullptr, text.data(), text.size(), PG_UTF8, true);
#else
    return makeJsonLexContextCstringLen(text.data(), static_cast<int>(text.size()), PG_UTF8, true);
#endif
}

// The members of all objects in the text, which is JSON. Called inside guarded().
long members_written(std::string& text) {
    long count = 0;
    JsonSemAction actions{};
    actions.semstate = &count;
    actions.object_field_start = count_member;
    (void)pg_parse_json(make_lexer(text), &actions);
    return count;
}

// No gateway's claims are so deep; what the server's stack can bear is not the measure.
constexpr int most_depth = 64;

// The same of the document. Nothing where it is nested too deeply.
std::optional<long> members_kept(Jsonb* document) {
    long count = 0;
    int depth = 0;
    JsonbValue value;
    JsonbIterator* iterator = JsonbIteratorInit(&document->root);
    for (auto token = JsonbIteratorNext(&iterator, &value, false); token != WJB_DONE;
         token = JsonbIteratorNext(&iterator, &value, false)) {
        count += token == WJB_KEY ? 1 : 0;
        depth += token == WJB_BEGIN_OBJECT || token == WJB_BEGIN_ARRAY ? 1 : 0;
        depth -= token == WJB_END_OBJECT || token == WJB_END_ARRAY ? 1 : 0;
        if (depth > most_depth) {
            return std::nullopt;
        }
    }
    return count;
}

}  // namespace

const Jsonb* unambiguous_jsonb(std::string_view text) {
    if (text.find('\0') != std::string_view::npos ||
        !pg_verify_mbstr(PG_UTF8, text.data(), static_cast<int>(text.size()), true)) {
        return nullptr;
    }
    std::string terminated(text);
    return guarded([&]() -> const Jsonb* {
        Jsonb* document =
            DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(terminated.c_str())));
        return members_written(terminated) == members_kept(document) ? document : nullptr;
    });
}

}  // namespace cart::pg
