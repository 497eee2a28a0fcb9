#include "pg/direct_table.hpp"

#include <cstring>
#include <span>
#include <string_view>

#include "pg/keyed.hpp"

extern "C" {
#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "nodes/pg_list.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"
}

namespace cart::pg {

namespace {

using Kind = KeyedPlan::Kind;

std::uint64_t generation = 1;

// The tables that some plan has looked up; others may change as they like.
constexpr int most_tables = 16;
Oid watched[most_tables];
int watched_count = 0;

bool is_watched(Oid relation) {
    for (int i = 0; i < watched_count; ++i) {
        if (watched[i] == relation) {
            return true;
        }
    }
    return false;
}

// Of the tables of a session's life those may be gone that were watched first: what is in use is
// looked up again, and watched.
void watch(Oid relation) {
    if (is_watched(relation)) {
        return;
    }
    if (watched_count == most_tables) {
        watched_count = 0;
        ++generation;
    }
    watched[watched_count++] = relation;
}

void on_relation_change(Datum /*argument*/, Oid relation) {
    if (relation == InvalidOid || is_watched(relation)) {
        ++generation;
    }
}

void on_schema_change(Datum /*argument*/, int /*cache*/, uint32 /*hash*/) { ++generation; }

bool writes(const KeyedPlan& plan) { return plan.kind != Kind::select && plan.kind != Kind::lock; }

// Our own triggers let pass what the library writes, and a foreign key's look at columns of which
// is_free() has made sure that they stay. A deferred constraint is checked by a trigger, too.
bool is_harmless(const Trigger& trigger, const KeyedPlan& plan) {
    if (trigger.tgenabled == TRIGGER_DISABLED) {
        return true;
    }
    if (trigger.tgisinternal) {
        return trigger.tgfoid < FirstNormalObjectId && trigger.tgfoid != F_UNIQUE_KEY_RECHECK &&
               (plan.kind != Kind::remove || plan.is_new || !TRIGGER_FOR_DELETE(trigger.tgtype));
    }
    return std::strcmp(trigger.tgname, "zz_cart_ext_rules") == 0 ||
           std::strcmp(trigger.tgname, "cart_ext_one_active") == 0;
}

bool has_harmless_triggers(Relation relation, const KeyedPlan& plan) {
    const TriggerDesc* triggers = relation->trigdesc;
    for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i) {
        if (!is_harmless(triggers->triggers[i], plan)) {
            return false;
        }
    }
    return true;
}

bool is_plain(Relation relation) {
    const auto* form = relation->rd_rel;
    const TupleConstr* constraints = relation->rd_att->constr;
    bool is_plain = form->relkind == RELKIND_RELATION && !form->relispartition &&
                    !form->relhassubclass && relation->rd_rules == nullptr &&
                    relation->rd_tableam == GetHeapamTableAmRoutine();
    if (constraints != nullptr) {
        is_plain = is_plain && constraints->num_check == 0 && !constraints->has_generated_stored;
#if PG_VERSION_NUM >= 180000
        is_plain = is_plain && !constraints->has_generated_virtual;
#endif
    }
    return is_plain;
}

// Its owner has all rights, unless it has taken them from itself.
bool may_be_used(Relation relation) {
    const AclMode all = ACL_SELECT | ACL_INSERT | ACL_UPDATE | ACL_DELETE;
    return pg_class_aclmask(RelationGetRelid(relation), relation->rd_rel->relowner, all,
                            ACLMASK_ALL) == all;
}

// The column of that name; 0: there is none.
AttrNumber column_of(Relation relation, std::string_view name) {
    auto* const description = RelationGetDescr(relation);
    for (int i = 0; i < description->natts; ++i) {
        const auto* attribute = TupleDescAttr(description, i);
        if (!attribute->attisdropped && NameStr(attribute->attname) == name) {
            return attribute->attnum;
        }
    }
    return 0;
}

// Whether a foreign key says something of the column: one of this table's, or one of another's
// that refers to it.
bool is_free(Relation relation, AttrNumber column) {
    bool is_free = true;
    ListCell* cell = nullptr;
    foreach (cell, RelationGetFKeyList(relation)) {
        const auto* key = static_cast<const ForeignKeyCacheInfo*>(lfirst(cell));
        for (int i = 0; i < key->nkeys; ++i) {
            is_free = is_free && key->conkey[i] != column;
        }
    }
    Bitmapset* referenced = RelationGetIndexAttrBitmap(relation, INDEX_ATTR_BITMAP_KEY);
    is_free = is_free && !bms_is_member(column - FirstLowInvalidHeapAttributeNumber, referenced);
    bms_free(referenced);
    return is_free;
}

// A new line needs no look at its cart, which is locked: that is the one foreign key there may be.
bool has_own_foreign_key_only(Relation relation) {
    ListCell* cell = nullptr;
    foreach (cell, RelationGetFKeyList(relation)) {
        const auto* key = static_cast<const ForeignKeyCacheInfo*>(lfirst(cell));
        const char* name = get_rel_name(key->confrelid);
        if (name == nullptr || std::strcmp(name, "carts") != 0 ||
            get_rel_namespace(key->confrelid) != RelationGetNamespace(relation)) {
            return false;
        }
    }
    return true;
}

// The columns of a list; false: one is missing.
bool find_all(Relation relation, std::string_view names, std::span<AttrNumber> found, int& count) {
    count = 0;
    for (auto name = next_name(names); !name.empty(); name = next_name(names)) {
        const AttrNumber column = column_of(relation, name);
        if (column == 0 || static_cast<std::size_t>(count) == found.size()) {
            return false;
        }
        found[static_cast<std::size_t>(count++)] = column;
    }
    return true;
}

bool find_columns(DirectTable& table, Relation relation, const KeyedPlan& plan) {
    if (plan.status != nullptr) {
        table.status = column_of(relation, "status");
        if (table.status == 0 ||
            TupleDescAttr(RelationGetDescr(relation), table.status - 1)->atttypid != TEXTOID) {
            return false;
        }
    }
    return find_all(relation, plan.columns, table.columns, table.column_count);
}

bool find_assigned(DirectTable& table, Relation relation, const KeyedPlan& plan) {
    for (std::size_t i = 0; i < plan.assignments.size(); ++i) {
        table.assigned[i] = column_of(relation, plan.assignments[i].column);
        if (table.assigned[i] == 0 || !is_free(relation, table.assigned[i])) {
            return false;
        }
    }
    return true;
}

// What an INSERT leaves out must be NULL then.
bool gives_all(const DirectTable& table, Relation relation) {
    auto* const description = RelationGetDescr(relation);
    for (int i = 0; i < description->natts; ++i) {
        const auto* attribute = TupleDescAttr(description, i);
        bool is_given =
            attribute->attisdropped || (!attribute->atthasdef && !attribute->attnotnull);
        for (int c = 0; c < table.given_count; ++c) {
            is_given = is_given || table.assigned[c] == attribute->attnum;
        }
        if (!is_given || attribute->attidentity != '\0') {
            return false;
        }
    }
    return true;
}

// The table's index of that name; none: there is none.
Oid index_of(Relation relation, std::string_view name) {
    ListCell* cell = nullptr;
    foreach (cell, RelationGetIndexList(relation)) {
        const char* found = get_rel_name(lfirst_oid(cell));
        if (found != nullptr && name == found) {
            return lfirst_oid(cell);
        }
    }
    return InvalidOid;
}

// Whether the indexes that the rows rely on are there, and hold them unique.
bool has_what_it_relies_on(Relation relation, const KeyedPlan& plan) {
    std::string_view names = plan.relies_on;
    for (auto name = next_name(names); !name.empty(); name = next_name(names)) {
        const Oid found = index_of(relation, name);
        if (!OidIsValid(found)) {
            return false;
        }
        Relation index = index_open(found, AccessShareLock);
        const auto* form = index->rd_index;
        const bool is_unique = form->indisunique && form->indimmediate && form->indisvalid;
        index_close(index, NoLock);
        if (!is_unique) {
            return false;
        }
    }
    return true;
}

// Whether the index finds rows by the keys.
bool serves(Relation index, Relation relation, const DirectTable& table, const KeyedPlan& plan) {
    const auto* form = index->rd_index;
    if ((!form->indisunique && plan.kind != Kind::select) || !form->indimmediate ||
        !form->indisvalid || form->indcheckxmin || form->indnkeyatts < table.key_count ||
        index->rd_rel->relam != BTREE_AM_OID) {
        return false;
    }
    for (int i = 0; i < table.key_count; ++i) {
        // Another order's functions would find what the caller's search_path has.
        if (form->indkey.values[i] != table.keys[i] ||
            index->rd_opfamily[i] >= FirstNormalObjectId ||
            index->rd_indcollation[i] !=
                TupleDescAttr(RelationGetDescr(relation), table.keys[i] - 1)->attcollation) {
            return false;
        }
    }
    return true;
}

bool find_index(DirectTable& table, Relation relation, const KeyedPlan& plan) {
    if (!find_all(relation, plan.keys, table.keys, table.key_count)) {
        return false;
    }
    const Oid found = index_of(relation, plan.index);
    if (!OidIsValid(found)) {
        return false;
    }
    Relation index = index_open(found, AccessShareLock);
    const bool is_right = serves(index, relation, table, plan);
    table.finds_one =
        index->rd_index->indisunique && index->rd_index->indnkeyatts == table.key_count;
    index_close(index, NoLock);
    table.index = found;
    return is_right;
}

bool fits(DirectTable& table, Relation relation, const KeyedPlan& plan) {
    if (!is_plain(relation) || !may_be_used(relation) || !find_columns(table, relation, plan)) {
        return false;
    }
    if (writes(plan) &&
        !(has_harmless_triggers(relation, plan) && has_what_it_relies_on(relation, plan))) {
        return false;
    }
    if (plan.kind == Kind::insert) {
        return has_own_foreign_key_only(relation) &&
               find_all(relation, plan.given, table.assigned, table.given_count) &&
               gives_all(table, relation);
    }
    return find_index(table, relation, plan) && find_assigned(table, relation, plan);
}

void forget(DirectTable& table) {
    auto* const description = table.description;
    table = DirectTable{};
    if (description != nullptr) {
        FreeTupleDesc(description);
    }
}

// Whether there is such a table. Of one that is yet to come nobody is told.
bool find(DirectTable& table, const KeyedPlan& plan) {
    const Oid schema = get_namespace_oid(plan.schema, true);
    const Oid oid = OidIsValid(schema) ? get_relname_relid(plan.table, schema) : InvalidOid;
    if (!OidIsValid(oid)) {
        return false;
    }
    watch(oid);
    Relation relation = try_table_open(oid, AccessShareLock);
    if (relation == nullptr) {
        return false;
    }
    if (fits(table, relation, plan)) {
        MemoryContextData* const context = MemoryContextSwitchTo(TopMemoryContext);
        table.description = CreateTupleDescCopy(RelationGetDescr(relation));
        MemoryContextSwitchTo(context);
        table.owner = relation->rd_rel->relowner;
        table.relation = oid;
    }
    table_close(relation, NoLock);
    return true;
}

}  // namespace

void look_up(DirectTable& table, const KeyedPlan& plan) {
    // What is announced while this looks is not missed: the generation is that of the beginning.
    while (table.generation != generation) {
        const std::uint64_t begun = generation;
        forget(table);
        if (!find(table, plan)) {
            return;
        }
        table.generation = begun;
    }
}

std::uint64_t catalogue_generation() noexcept { return generation; }

void watch_catalogue() {
    CacheRegisterRelcacheCallback(on_relation_change, 0);
    CacheRegisterSyscacheCallback(NAMESPACEOID, on_schema_change, 0);
}

}  // namespace cart::pg
