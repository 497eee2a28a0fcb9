#include "pg/outside_function.hpp"

#include <array>
#include <map>

#include "pg/guard.hpp"
#include "pg/run_as.hpp"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"
}

namespace cart::pg {

namespace {

constexpr std::size_t most_parameters = 8;

List* name_list(const char* name) {
#if PG_VERSION_NUM >= 160000
    return stringToQualifiedNameList(name, nullptr);
#else
    return stringToQualifiedNameList(name);
#endif
}

Oid owner_of(Oid function) {
    HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
    if (!HeapTupleIsValid(tuple)) {
        elog(ERROR, "cache lookup failed for function %u", function);
    }
    const Oid owner = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->proowner;
    ReleaseSysCache(tuple);
    return owner;
}

}  // namespace

OutsideFunction find_function(std::string_view name, std::initializer_list<Oid> parameters) {
    struct Found {
        const char* name;
        const char* schema;
        Oid owner;
    };
    const std::string terminated(name);
    const char* text = terminated.c_str();
    std::array<Oid, most_parameters> types{};
    std::size_t count = 0;
    for (const Oid type : parameters) {
        types.at(count++) = type;
    }
    const Found found = guarded([&] {
        const Oid function =
            LookupFuncName(name_list(text), static_cast<int>(count), types.data(), false);
        const char* schema = get_namespace_name(get_func_namespace(function));
        return Found{.name = quote_qualified_identifier(schema, get_func_name(function)),
                     .schema = quote_identifier(schema),
                     .owner = owner_of(function)};
    });
    return {.name = found.name, .schema = found.schema, .owner = found.owner};
}

void check_may_act_as_owner(const OutsideFunction& function) {
    const bool may = guarded([&] { return may_act_as(GetUserId(), function.owner); });
    if (!may) {
        raise(ERRCODE_INSUFFICIENT_PRIVILEGE,
              "must be able to act as the owner of function " + function.name, {},
              "The function will run with its owner's rights.");
    }
}

Rows run_as_owner(const OutsideFunction& function, const std::string& before,
                  const std::string& after, std::initializer_list<Argument> arguments) {
    // One for each function that is configured: few.
    static std::map<std::string, Statement> statements;
    const auto [at, is_new] = statements.try_emplace(before + function.name + after, nullptr);
    if (is_new) {
        at->second = Statement(at->first.c_str());
    }
    const RunAs owner(function.owner, "pg_catalog, " + function.schema + ", pg_temp");
    return at->second.run(arguments);
}

}  // namespace cart::pg
