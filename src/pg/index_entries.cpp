#include "pg/index_entries.hpp"

#include "pg/direct_table.hpp"

extern "C" {
#include "access/amapi.h"
#include "access/genam.h"
#include "access/transam.h"
#include "catalog/index.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_index.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/memutils.h"
#include "utils/rel.h"
}

namespace cart::pg {

struct KnownIndex {
    Oid oid;
    IndexInfo* info;
    ExprState* condition;  // of a partial index
    IndexUniqueCheck uniqueness;
};

struct KnownIndexes {
    Oid table = InvalidOid;
    std::uint64_t generation = 0;
    MemoryContext context = nullptr;  // of all that this refers to
    EState* state = nullptr;
    KnownIndex* indexes = nullptr;
    int count = 0;
    bool are_plain = false;
};

namespace {

// For as many tables as the store inserts into; of more, the first gives way.
constexpr int most_tables = 8;
KnownIndexes known[most_tables];
int next_to_give_way = 0;

bool is_foreign(Oid function, void* /*context*/) { return function >= FirstNormalObjectId; }

bool calls_foreign(Node* node, void* context) {
    if (node == nullptr) {
        return false;
    }
#if PG_VERSION_NUM >= 160000
    const auto walker = calls_foreign;
#else
    // Declared without arguments there; by way of the type that may become any.
    const auto walker = reinterpret_cast<bool (*)()>(reinterpret_cast<void (*)()>(calls_foreign));
#endif
    return check_functions_in_node(node, is_foreign, context) ||
           expression_tree_walker(node, walker, context);
}

// Whether the server's own functions compare the columns, of the server's own types. Others run
// with the rights of the tables' owner, and must not find what a caller's search_path has.
bool is_compared_by_server(Relation index) {
    auto* const columns = RelationGetDescr(index);
    for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); ++i) {
        if (TupleDescAttr(columns, i)->atttypid >= FirstNormalObjectId) {
            return false;
        }
        for (int support = 1; support <= index->rd_indam->amsupport; ++support) {
            if (index_getprocid(index, static_cast<AttrNumber>(i + 1),
                                static_cast<std::uint16_t>(support)) >= FirstNormalObjectId) {
                return false;
            }
        }
    }
    return true;
}

bool is_plain(Relation index, const IndexInfo* info) {
    return index->rd_rel->relam == BTREE_AM_OID && index->rd_index->indimmediate &&
           info->ii_Expressions == NIL && info->ii_ExclusionOps == nullptr &&
           is_compared_by_server(index) &&
           !calls_foreign(reinterpret_cast<Node*>(info->ii_Predicate), nullptr);
}

// Adds what is to be known of the index. False: it is not plain.
bool add(KnownIndexes& indexes, Oid oid) {
    Relation index = index_open(oid, RowExclusiveLock);
    IndexInfo* info = BuildIndexInfo(index);
    const bool plain = is_plain(index, info);
    if (plain && info->ii_ReadyForInserts) {
        indexes.indexes[indexes.count++] = {
            .oid = oid,
            .info = info,
            .condition = info->ii_Predicate == NIL
                             ? nullptr
                             : ExecPrepareQual(info->ii_Predicate, indexes.state),
            .uniqueness = index->rd_index->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO};
    }
    index_close(index, RowExclusiveLock);
    return plain;
}

void forget(KnownIndexes& indexes) {
    MemoryContextData* const context = indexes.context;
    indexes = KnownIndexes{};
    if (context != nullptr) {
        MemoryContextDelete(context);
    }
}

void learn(KnownIndexes& indexes, Relation table, std::uint64_t generation) {
    forget(indexes);
    indexes.context =
        AllocSetContextCreate(TopMemoryContext, "cart_ext indexes", ALLOCSET_SMALL_SIZES);
    MemoryContextData* const before = MemoryContextSwitchTo(indexes.context);
    List* list = RelationGetIndexList(table);
    indexes.state = CreateExecutorState();
    indexes.indexes = static_cast<KnownIndex*>(
        palloc0(sizeof(KnownIndex) * static_cast<std::size_t>(list_length(list) + 1)));
    indexes.are_plain = true;
    ListCell* cell = nullptr;
    foreach (cell, list) {
        indexes.are_plain = indexes.are_plain && add(indexes, lfirst_oid(cell));
    }
    MemoryContextSwitchTo(before);
    indexes.table = RelationGetRelid(table);
    indexes.generation = generation;
}

KnownIndexes& indexes_of(Relation table) {
    // What is announced while this learns is not missed: the generation is that of the beginning.
    const std::uint64_t generation = catalogue_generation();
    KnownIndexes* found = nullptr;
    for (KnownIndexes& each : known) {
        if (each.table == RelationGetRelid(table)) {
            found = &each;
        }
    }
    if (found == nullptr) {
        found = &known[next_to_give_way];
        next_to_give_way = (next_to_give_way + 1) % most_tables;
    }
    if (found->table != RelationGetRelid(table) || found->generation != generation) {
        learn(*found, table, generation);
    }
    return *found;
}

IndexUniqueCheck check_of(const KnownIndex& index, RowVersion version) {
    return index.uniqueness == UNIQUE_CHECK_YES && version == RowVersion::speculative
               ? UNIQUE_CHECK_PARTIAL
               : index.uniqueness;
}

// One index on its way: opened with the first row that belongs into it.
struct Writing {
    const KnownIndexes& indexes;
    const KnownIndex& known_index;
    Relation table;
    RowVersion version;
    Relation index = nullptr;
};

// False: speculatively, and another has the place.
bool write_entry(Writing& writing, TupleTableSlot* slot) {
    Datum values[INDEX_MAX_KEYS];
    bool nulls[INDEX_MAX_KEYS];
    FormIndexDatum(writing.known_index.info, slot, writing.indexes.state, values, nulls);
    if (writing.index == nullptr) {
        writing.index = index_open(writing.known_index.oid, RowExclusiveLock);
    }
    const IndexUniqueCheck check = check_of(writing.known_index, writing.version);
    const bool is_alone =
        index_insert(writing.index, values, nulls, &slot->tts_tid, writing.table, check,
                     writing.version == RowVersion::later, writing.known_index.info);
    // What says so of an index that is not unique means nothing.
    return is_alone || check != UNIQUE_CHECK_PARTIAL;
}

bool write_entries(Writing writing, std::span<TupleTableSlot* const> slots) {
    ExprContext* context = GetPerTupleExprContext(writing.indexes.state);
    ExprState* condition = writing.known_index.condition;
    bool is_alone = true;
    for (TupleTableSlot* slot : slots) {
        context->ecxt_scantuple = slot;
        if (is_alone && (condition == nullptr || ExecQual(condition, context))) {
            is_alone = write_entry(writing, slot);
        }
    }
    context->ecxt_scantuple = nullptr;
    if (writing.index != nullptr) {
        index_close(writing.index, RowExclusiveLock);
    }
    return is_alone;
}

}  // namespace

const KnownIndexes* plain_indexes(Relation table) {
    const KnownIndexes& indexes = indexes_of(table);
    return indexes.are_plain ? &indexes : nullptr;
}

bool write_entries(const KnownIndexes& indexes, Relation table,
                   std::span<TupleTableSlot* const> slots, RowVersion version) {
    bool is_alone = true;
    for (int i = 0; i < indexes.count && is_alone; ++i) {
        is_alone = write_entries({.indexes = indexes,
                                  .known_index = indexes.indexes[i],
                                  .table = table,
                                  .version = version},
                                 slots);
    }
    ResetExprContext(GetPerTupleExprContext(indexes.state));
    return is_alone;
}

}  // namespace cart::pg
