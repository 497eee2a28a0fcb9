#include "pg/databases.hpp"

#include "pg/attempt.hpp"
#include "pg/guard.hpp"

extern "C" {
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_database.h"
#include "commands/dbcommands.h"
}

namespace cart::pg {

namespace {

// A database that was only half dropped has this in place of its limit of connections.
constexpr int invalid_database = -2;

bool is_to_serve(const FormData_pg_database& database) {
    return database.datallowconn && !database.datistemplate &&
           database.datconnlimit != invalid_database;
}

void collect(std::vector<Oid>& databases) {
    Relation catalog = table_open(DatabaseRelationId, AccessShareLock);
    TableScanDesc scan = table_beginscan_catalog(catalog, 0, nullptr);
    for (HeapTuple tuple = heap_getnext(scan, ForwardScanDirection); tuple != nullptr;
         tuple = heap_getnext(scan, ForwardScanDirection)) {
        const auto& database = *reinterpret_cast<Form_pg_database>(GETSTRUCT(tuple));
        if (is_to_serve(database)) {
            databases.push_back(database.oid);
        }
    }
    table_endscan(scan);
    table_close(catalog, AccessShareLock);
}

}  // namespace

std::vector<Oid> databases_to_serve() {
    std::vector<Oid> databases;
    const auto failure = in_transaction([&] { guarded([&] { collect(databases); }); });
    if (failure) {
        raise(*failure);
    }
    return databases;
}

std::string name_of_database() {
    std::string found;
    const auto failure = in_transaction([&] {
        const char* name = guarded([] { return get_database_name(MyDatabaseId); });
        found = name == nullptr ? "" : name;
    });
    return failure ? std::string() : found;
}

}  // namespace cart::pg
