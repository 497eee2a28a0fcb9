#include "pg/outside_function.hpp"

#include <array>
#include <map>

#include "pg/guard.hpp"
#include "pg/run_as.hpp"

extern "C" {
#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "parser/parse_func.h"
#include "storage/lmgr.h"
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

struct Names {
    List* given;
    const Oid* types;
    int count;
};

// Raises an error where there is none.
Oid look_up(const Names& names) {
    char* schema = nullptr;
    char* name = nullptr;
    DeconstructQualifiedName(names.given, &schema, &name);
    if (schema == nullptr) {
        return LookupFuncName(names.given, names.count, names.types, false);
    }
    const oidvector* types = buildoidvector(names.types, names.count);
    const Oid function =
        GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
                        PointerGetDatum(types), ObjectIdGetDatum(get_namespace_oid(schema, false)));
    // The other look-up has the words for what is missing.
    return OidIsValid(function) ? function
                                : LookupFuncName(names.given, names.count, names.types, false);
}

// Locks it, and sees that it still is the one of that name.
HeapTuple lock(const Names& names) {
    for (;;) {
        const Oid function = look_up(names);
        LockDatabaseObject(ProcedureRelationId, function, 0, AccessShareLock);
        if (look_up(names) == function) {
            HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
            if (!HeapTupleIsValid(tuple)) {
                elog(ERROR, "cache lookup failed for function %u", function);
            }
            return tuple;
        }
        UnlockDatabaseObject(ProcedureRelationId, function, 0, AccessShareLock);
    }
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
    RunAs::pin_search_path();
    const Found found = guarded([&] {
        HeapTuple tuple = lock(
            {.given = name_list(text), .types = types.data(), .count = static_cast<int>(count)});
        const auto* function = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
        // While the function is locked, its schema cannot go.
        const char* schema = get_namespace_name(function->pronamespace);
        const Found all{.name = quote_qualified_identifier(schema, NameStr(function->proname)),
                        .schema = quote_identifier(schema),
                        .owner = function->proowner};
        ReleaseSysCache(tuple);
        return all;
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
    const bool may = guarded([&] { return superuser() || !superuser_arg(function.owner); });
    if (!may) {
        raise(ERRCODE_INSUFFICIENT_PRIVILEGE,
              "function " + function.name + " is a superuser's, the tables are not", {},
              "Give the function to a role without that power: ALTER FUNCTION … OWNER TO ….");
    }
    // One for each function that is configured: few.
    static std::map<std::string, Statement> statements;
    const auto [at, is_new] = statements.try_emplace(before + function.name + after, nullptr);
    if (is_new) {
        at->second = Statement(at->first.c_str());
    }
    const RunAs owner(function.owner, "pg_catalog, " + function.schema + ", pg_temp",
                      RunAs::RowSecurity::as_is);
    return at->second.run(arguments);
}

}  // namespace cart::pg
