#include "pg/direct.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include "pg/guard.hpp"
#include "pg/heap_row.hpp"
#include "pg/index_entries.hpp"
#include "pg/keyed.hpp"
#include "pg/run_as.hpp"

extern "C" {
#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/relscan.h"
#include "access/skey.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "catalog/pg_type.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"
}

namespace cart::pg {

namespace {

using Kind = KeyedPlan::Kind;

// ---- what differs between versions

IndexScanDesc begin_scan(Relation table, Relation index, Snapshot snapshot, int keys) {
#if PG_VERSION_NUM >= 180000
    return index_beginscan(table, index, snapshot, nullptr, keys, 0);
#else
    return index_beginscan(table, index, snapshot, keys, 0);
#endif
}

struct Update {
    TM_Result result;
    bool needs_indexes;     // their entries must be written,
    bool only_summarizing;  // though only those of summarizing ones
};

Update update_tuple(Relation table, ItemPointer place, TupleTableSlot* slot, CommandId command,
                    Snapshot snapshot, TM_FailureData* failure) {
    LockTupleMode mode = LockTupleNoKeyExclusive;
#if PG_VERSION_NUM >= 160000
    TU_UpdateIndexes indexes = TU_None;
#else
    bool indexes = false;
#endif
    const TM_Result result = table_tuple_update(table, place, slot, command, snapshot,
                                                InvalidSnapshot, true, failure, &mode, &indexes);
#if PG_VERSION_NUM >= 160000
    return {result, indexes != TU_None, indexes == TU_Summarizing};
#else
    return {result, indexes, false};
#endif
}

void insert_index_tuples(ResultRelInfo* relation, TupleTableSlot* slot, EState* state,
                         bool is_update, [[maybe_unused]] bool only_summarizing) {
#if PG_VERSION_NUM >= 160000
    ExecInsertIndexTuples(relation, slot, state, is_update, false, nullptr, NIL, only_summarizing);
#else
    ExecInsertIndexTuples(relation, slot, state, is_update, false, nullptr, NIL);
#endif
}

// ---- a run

// The rows found so far.
struct Found {
    HeapTuple* tuples = nullptr;
    std::size_t count = 0;
    std::size_t room = 0;
};

// Everything that a run holds. The server's memory and resource owners tidy up after an error: it
// needs no destructors.
struct Run {
    const KeyedPlan& plan;
    const DirectTable& table;
    std::span<const Argument> arguments;  // of an insert: of all rows
    Snapshot snapshot = nullptr;
    Relation relation = nullptr;
    Relation index = nullptr;
    TupleTableSlot* slot = nullptr;
    Datum* values = nullptr;  // of the row at hand
    bool* nulls = nullptr;
    Found found = {};
    std::uint64_t affected = 0;
};

Form_pg_attribute attribute(const Run& run, AttrNumber number) {
    return TupleDescAttr(RelationGetDescr(run.relation), number - 1);
}

// Whether the value can stand in the column as it is.
bool suits(const Run& run, AttrNumber number, const Argument& value) {
    const auto* column = attribute(run, number);
    return column->atttypid == value.type && column->atttypmod == -1 &&
           !(value.is_null && column->attnotnull);
}

bool keys_suit(const Run& run) {
    const auto keys = static_cast<std::size_t>(run.table.key_count);
    for (std::size_t i = 0; i < keys; ++i) {
        const bool is_array = run.plan.any_of_last && i + 1 == keys;
        if (run.arguments[i].is_null ||
            (is_array ? attribute(run, run.table.keys[i])->atttypid != UUIDOID ||
                            run.arguments[i].type != UUIDARRAYOID
                      : !suits(run, run.table.keys[i], run.arguments[i]))) {
            return false;
        }
    }
    return true;
}

const Argument& given_to(const Run& run, const Assignment& assignment) {
    return run.arguments[static_cast<std::size_t>(assignment.argument - 1)];
}

bool assigned_suit(const Run& run) {
    for (std::size_t i = 0; i < run.plan.assignments.size(); ++i) {
        const Assignment& assignment = run.plan.assignments[i];
        const auto* column = attribute(run, run.table.assigned[i]);
        bool suits_column = true;
        switch (assignment.kind) {
            case Assignment::Kind::argument:
                suits_column = suits(run, run.table.assigned[i], given_to(run, assignment));
                break;
            case Assignment::Kind::argument_or_old: {
                Argument value = given_to(run, assignment);
                value.is_null = false;
                suits_column = suits(run, run.table.assigned[i], value);
                break;
            }
            case Assignment::Kind::increment:
                suits_column = column->atttypid == INT8OID;
                break;
            case Assignment::Kind::later:
                suits_column = column->atttypid == TIMESTAMPTZOID && column->attnotnull;
                break;
            case Assignment::Kind::constant:
                suits_column = column->atttypid == TEXTOID;
                break;
            case Assignment::Kind::null:
                suits_column = !column->attnotnull;
                break;
        }
        if (!suits_column) {
            return false;
        }
    }
    return true;
}

bool inserted_suit(const Run& run) {
    const auto columns = static_cast<std::size_t>(run.table.given_count);
    for (std::size_t i = 0; i < run.arguments.size(); ++i) {
        if (!suits(run, run.table.assigned[i % columns], run.arguments[i])) {
            return false;
        }
    }
    return true;
}

bool arguments_suit(const Run& run) {
    return run.plan.kind == Kind::insert ? inserted_suit(run)
                                         : keys_suit(run) && assigned_suit(run);
}

void keep(Run& run, HeapTuple tuple) {
    Found& found = run.found;
    if (found.count == found.room) {
        constexpr std::size_t at_first = 8;
        const std::size_t room = found.room == 0 ? at_first : 2 * found.room;
        found.tuples = static_cast<HeapTuple*>(
            found.tuples == nullptr ? palloc(room * sizeof(HeapTuple))
                                    : repalloc(found.tuples, room * sizeof(HeapTuple)));
        found.room = room;
    }
    found.tuples[found.count++] = tuple;
}

bool is_serializable() { return IsolationUsesXactSnapshot(); }

[[noreturn]] void refuse_concurrent(bool is_delete) {
    ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                    is_delete ? errmsg("could not serialize access due to concurrent delete")
                              : errmsg("could not serialize access due to concurrent update")));
    pg_unreachable();
}

LOCKMODE lock_mode(Kind kind) {
    return kind == Kind::select ? AccessShareLock
                                : (kind == Kind::lock ? RowShareLock : RowExclusiveLock);
}

// ---- finding

Oid equality_of(Oid type) {
    switch (type) {
        case TEXTOID:
            return F_TEXTEQ;
        case UUIDOID:
            return F_UUID_EQ;
        case BYTEAOID:
            return F_BYTEAEQ;
        default:
            return InvalidOid;
    }
}

// The keys, of which the last may be an element of an array.
struct Keys {
    ScanKeyData scan[DirectTable::most_keys];
    int count;
};

bool make_keys(const Run& run, Keys& keys) {
    keys.count = run.table.key_count;
    for (int i = 0; i < keys.count; ++i) {
        const Oid equality = equality_of(attribute(run, run.table.keys[i])->atttypid);
        if (!OidIsValid(equality)) {
            return false;
        }
        ScanKeyEntryInitialize(&keys.scan[i], 0, static_cast<AttrNumber>(i + 1),
                               BTEqualStrategyNumber, InvalidOid,
                               attribute(run, run.table.keys[i])->attcollation, equality,
                               run.arguments[static_cast<std::size_t>(i)].datum);
    }
    return true;
}

// Whether the row in the slot, which is a later version of what was found, is still one of those
// that are looked for.
bool is_still_meant(const Run& run, const Keys& keys) {
    for (int i = 0; i < keys.count; ++i) {
        bool is_null = false;
        const Datum value = slot_getattr(run.slot, run.table.keys[i], &is_null);
        ScanKeyData key = keys.scan[i];
        if (is_null || !DatumGetBool(FunctionCall2Coll(&key.sk_func, key.sk_collation, value,
                                                       key.sk_argument))) {
            return false;
        }
    }
    return true;
}

bool has_status(const Run& run) {
    if (run.plan.status == nullptr) {
        return true;
    }
    bool is_null = false;
    const Datum value = slot_getattr(run.slot, run.table.status, &is_null);
    if (is_null) {
        return false;
    }
    const text* status = DatumGetTextPP(value);
    const std::string_view found(VARDATA_ANY(status), VARSIZE_ANY_EXHDR(status));
    return found == run.plan.status ||
           (run.plan.other_status != nullptr && found == run.plan.other_status);
}

// Locks the last version of the row in the slot, which then holds that. False: there is none, or it
// is not meant any more.
bool lock_row(Run& run, const Keys& keys, CommandId command) {
    ItemPointerData place = run.slot->tts_tid;
    TM_FailureData failure;
    const std::uint8_t flags =
        is_serializable() ? 0 : static_cast<std::uint8_t>(TUPLE_LOCK_FLAG_FIND_LAST_VERSION);
    const TM_Result result =
        table_tuple_lock(run.relation, &place, run.snapshot, run.slot, command,
                         LockTupleNoKeyExclusive, LockWaitBlock, flags, &failure);
    switch (result) {
        case TM_Ok:
            return !failure.traversed || (is_still_meant(run, keys) && has_status(run));
        case TM_SelfModified:
            return false;
        case TM_Updated:
            refuse_concurrent(false);
        case TM_Deleted:
            if (is_serializable()) {
                refuse_concurrent(true);
            }
            return false;
        default:
            elog(ERROR, "a row could not be locked: %d", static_cast<int>(result));
            pg_unreachable();
    }
}

// ---- writing

void open_row(Run& run) {
    const auto columns = static_cast<std::size_t>(RelationGetDescr(run.relation)->natts);
    if (run.values == nullptr) {
        run.values = static_cast<Datum*>(palloc(columns * sizeof(Datum)));
        run.nulls = static_cast<bool*>(palloc(columns * sizeof(bool)));
    }
}

void set(Run& run, AttrNumber column, Datum value, bool is_null) {
    run.values[column - 1] = value;
    run.nulls[column - 1] = is_null;
}

void assign(Run& run, const Assignment& assignment, AttrNumber column) {
    switch (assignment.kind) {
        case Assignment::Kind::argument_or_old:
        case Assignment::Kind::argument: {
            const Argument& given = given_to(run, assignment);
            if (!given.is_null || assignment.kind == Assignment::Kind::argument) {
                set(run, column, given.datum, given.is_null);
            }
            break;
        }
        case Assignment::Kind::later: {
            const Datum given = given_to(run, assignment).datum;
            if (DatumGetTimestampTz(given) > DatumGetTimestampTz(run.values[column - 1])) {
                set(run, column, given, false);
            }
            break;
        }
        case Assignment::Kind::increment:
            set(run, column, Int64GetDatum(DatumGetInt64(run.values[column - 1]) + 1), false);
            break;
        case Assignment::Kind::constant:
            set(run, column, CStringGetTextDatum(assignment.constant), false);
            break;
        case Assignment::Kind::null:
            set(run, column, 0, true);
            break;
    }
}

// The row in the slot, with the assignments.
HeapTuple changed(Run& run) {
    open_row(run);
    slot_getallattrs(run.slot);
    const auto columns = static_cast<std::size_t>(RelationGetDescr(run.relation)->natts);
    std::copy_n(run.slot->tts_values, columns, run.values);
    std::copy_n(run.slot->tts_isnull, columns, run.nulls);
    for (std::size_t i = 0; i < run.plan.assignments.size(); ++i) {
        assign(run, run.plan.assignments[i], run.table.assigned[i]);
    }
    return heap_form_tuple(RelationGetDescr(run.relation), run.values, run.nulls);
}

using Slots = std::span<TupleTableSlot* const>;

// Writes rows' entries into the indexes. They are opened for that alone: most updates need none.
void write_indexes(const Run& run, Slots slots, bool is_update, bool only_summarizing) {
    if (const auto* indexes = plain_indexes(run.relation)) {
        write_entries(*indexes, run.relation, slots,
                      is_update ? RowVersion::later : RowVersion::first);
        return;
    }
    RunAs::pin_search_path();  // an application's index may call its functions
    EState* state = CreateExecutorState();
    auto* relation = static_cast<ResultRelInfo*>(palloc0(sizeof(ResultRelInfo)));
    relation->type = T_ResultRelInfo;
    // Without a place in a range table: there is none, and no list of updated columns to be sought.
    InitResultRelInfo(relation, run.relation, 0, nullptr, 0);
    ExecOpenIndices(relation, false);
    for (TupleTableSlot* slot : slots) {
        insert_index_tuples(relation, slot, state, is_update, only_summarizing);
        ResetPerTupleExprContext(state);
    }
    ExecCloseIndices(relation);
    FreeExecutorState(state);
}

// A row that is returned stays when the slot goes: what is written is a copy then.
TupleTableSlot* slot_with(const Run& run, HeapTuple tuple) {
    TupleTableSlot* slot =
        MakeSingleTupleTableSlot(RelationGetDescr(run.relation), &TTSOpsHeapTuple);
    tuple->t_tableOid = RelationGetRelid(run.relation);
    return ExecStoreHeapTuple(tuple, slot, run.table.column_count == 0);
}

// A row has been written.
void note_written(Run& run, HeapTuple tuple, const TupleTableSlot* slot) {
    ++run.affected;
    if (run.table.column_count > 0) {
        tuple->t_self = slot->tts_tid;
        keep(run, tuple);
    }
}

// After a write that failed, because another transaction was faster: locks the version that it
// left, which the slot holds then. False: there is none that is still meant, as the executor sees
// it.
bool is_worth_another_try(Run& run, const Keys& keys, CommandId command, TM_Result result) {
    if (result == TM_SelfModified) {
        return false;
    }
    if (is_serializable()) {
        refuse_concurrent(result == TM_Deleted);
    }
    return result != TM_Deleted && lock_row(run, keys, command);
}

// Updates the row in the slot.
void update_row(Run& run, const Keys& keys) {
    const CommandId command = GetCurrentCommandId(true);
    for (;;) {
        HeapTuple tuple = changed(run);
        TupleTableSlot* slot = slot_with(run, tuple);
        TM_FailureData failure;
        const Update update =
            update_tuple(run.relation, &run.slot->tts_tid, slot, command, run.snapshot, &failure);
        if (update.result == TM_Ok) {
            if (update.needs_indexes) {
                write_indexes(run, Slots(&slot, 1), true, update.only_summarizing);
            }
            note_written(run, tuple, slot);
            ExecDropSingleTupleTableSlot(slot);
            return;
        }
        ExecDropSingleTupleTableSlot(slot);
        if (!is_worth_another_try(run, keys, command, update.result)) {
            return;
        }
    }
}

void remove_row(Run& run, const Keys& keys) {
    const CommandId command = GetCurrentCommandId(true);
    for (;;) {
        TM_FailureData failure;
        const TM_Result result =
            table_tuple_delete(run.relation, &run.slot->tts_tid, command, run.snapshot,
                               InvalidSnapshot, true, &failure, false);
        if (result == TM_Ok) {
            ++run.affected;
            return;
        }
        if (!is_worth_another_try(run, keys, command, result)) {
            return;
        }
    }
}

// Writes the row in the slot, unless a unique index has one, as the executor does: so that who
// looks meanwhile waits for this one's end and not for this transaction's. False: there is one, or
// another transaction is about to write it. What was written is dead then.
bool insert_speculatively(const Run& run, const KnownIndexes& indexes, TupleTableSlot* slot) {
    const TransactionId writer = GetCurrentTransactionId();
    const std::uint32_t token = SpeculativeInsertionLockAcquire(writer);
    table_tuple_insert_speculative(run.relation, slot, GetCurrentCommandId(true), 0, nullptr,
                                   token);
    const bool is_alone =
        write_entries(indexes, run.relation, Slots(&slot, 1), RowVersion::speculative);
    table_tuple_complete_speculative(run.relation, slot, token, is_alone);
    SpeculativeInsertionLockRelease(writer);
    return is_alone;
}

HeapTuple new_row(Run& run, std::span<const Argument> arguments) {
    open_row(run);
    auto* const description = RelationGetDescr(run.relation);
    std::fill_n(run.nulls, description->natts, true);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        set(run, run.table.assigned[i], arguments[i].datum, arguments[i].is_null);
    }
    return heap_form_tuple(description, run.values, run.nulls);
}

// False: SQL has to look what is there, and to wait for it.
bool insert_unless_there(Run& run) {
    const auto* indexes = plain_indexes(run.relation);
    if (indexes == nullptr) {
        return false;
    }
    HeapTuple tuple = new_row(run, run.arguments);
    TupleTableSlot* slot = slot_with(run, tuple);
    const bool is_alone = insert_speculatively(run, *indexes, slot);
    if (is_alone) {
        note_written(run, tuple, slot);
    }
    ExecDropSingleTupleTableSlot(slot);
    return is_alone;
}

// Several at once: the heap logs those of a page together, and each index is opened once.
void insert_rows(Run& run) {
    const auto columns = static_cast<std::size_t>(run.table.given_count);
    const std::size_t count = run.arguments.size() / columns;
    auto** const slots = static_cast<TupleTableSlot**>(palloc(count * sizeof(TupleTableSlot*)));
    for (std::size_t i = 0; i < count; ++i) {
        slots[i] = slot_with(run, new_row(run, run.arguments.subspan(i * columns, columns)));
    }
    const CommandId command = GetCurrentCommandId(true);
    if (count == 1) {
        table_tuple_insert(run.relation, slots[0], command, 0, nullptr);
    } else {
        table_multi_insert(run.relation, slots, static_cast<int>(count), command, 0, nullptr);
    }
    write_indexes(run, Slots(slots, count), false, false);
    for (std::size_t i = 0; i < count; ++i) {
        ExecDropSingleTupleTableSlot(slots[i]);
    }
    run.affected += count;
}

bool insert(Run& run) {
    if (run.plan.unless_there) {
        return insert_unless_there(run);
    }
    insert_rows(run);
    return true;
}

// ---- the statement

// What is to be done with a row that was found.
void take_row(Run& run, const Keys& keys) {
    switch (run.plan.kind) {
        case Kind::lock:
            if (!lock_row(run, keys, GetCurrentCommandId(true))) {
                return;
            }
            [[fallthrough]];
        case Kind::select:
            keep(run, ExecCopySlotHeapTuple(run.slot));
            break;
        case Kind::update:
            update_row(run, keys);
            break;
        case Kind::remove:
            remove_row(run, keys);
            break;
        case Kind::insert:
            break;
    }
}

void scan(Run& run, IndexScanDesc scan, Keys& keys) {
    index_rescan(scan, keys.scan, keys.count, nullptr, 0);
    while (next_row(scan, run.slot)) {
        CHECK_FOR_INTERRUPTS();
        if (has_status(run)) {
            take_row(run, keys);
            if (run.table.finds_one) {
                return;
            }
        }
    }
}

// Each element once, as a set.
void scan_each(Run& run, IndexScanDesc scan_desc, Keys& keys) {
    ScanKeyData& last = keys.scan[keys.count - 1];
    Datum* elements = nullptr;
    bool* nulls = nullptr;
    int count = 0;
    deconstruct_array(DatumGetArrayTypeP(last.sk_argument), UUIDOID, UUID_LEN, false, TYPALIGN_CHAR,
                      &elements, &nulls, &count);
    for (int i = 0; i < count; ++i) {
        bool is_again = nulls[i];
        for (int j = 0; j < i && !is_again; ++j) {
            is_again = !nulls[j] && datumIsEqual(elements[i], elements[j], false, UUID_LEN);
        }
        if (!is_again) {
            last.sk_argument = elements[i];
            scan(run, scan_desc, keys);
        }
    }
}

// Takes the row at that place. False: it is not there, or not meant.
bool take_from(Run& run, const RowPlace& place, const Keys& keys) {
    ItemPointerData tid = place.tid;
    const bool is_there =
        table_tuple_fetch_row_version(run.relation, &tid, run.snapshot, run.slot) &&
        is_still_meant(run, keys) && has_status(run);
    if (is_there) {
        take_row(run, keys);
    }
    return is_there;
}

void find_rows(Run& run, Keys& keys) {
    run.index = index_open(run.table.index, lock_mode(run.plan.kind));
    IndexScanDesc scan_desc = begin_scan(run.relation, run.index, run.snapshot, keys.count);
    if (run.plan.any_of_last) {
        scan_each(run, scan_desc, keys);
    } else {
        scan(run, scan_desc, keys);
    }
    index_endscan(scan_desc);
    index_close(run.index, NoLock);
}

// Opens the table as it is now. False: SQL has to do it.
bool open(const KeyedPlan& plan, DirectTable& table, Run& run) {
    for (;;) {
        look_up(table, plan);
        if (!OidIsValid(table.relation) || table.owner != GetUserId()) {
            return false;
        }
        run.relation = try_table_open(table.relation, lock_mode(plan.kind));
        // With the lock came the news.
        const bool is_news = table.generation != catalogue_generation();
        if (run.relation != nullptr && is_news) {
            table_close(run.relation, NoLock);
        }
        if (!is_news) {
            return run.relation != nullptr;
        }
    }
}

CmdType command_of(Kind kind) {
    switch (kind) {
        case Kind::update:
            return CMD_UPDATE;
        case Kind::remove:
            return CMD_DELETE;
        case Kind::insert:
            return CMD_INSERT;
        default:
            return CMD_SELECT;
    }
}

bool may_write() { return !XactReadOnly && !IsInParallelMode(); }

// False: nothing was done.
bool run_plan(const KeyedPlan& plan, DirectTable& table, Run& run, Access access,
              const RowPlace& place) {
    const bool is_reading = access == Access::snapshot;
    if ((plan.kind != Kind::select && (is_reading || !may_write())) || !open(plan, table, run)) {
        return false;
    }
    Keys keys;
    keys.count = 0;
    bool is_right = arguments_suit(run) && (plan.kind == Kind::insert || make_keys(run, keys));
    if (is_right) {
        CheckCmdReplicaIdentity(run.relation, command_of(plan.kind));
        if (!is_reading) {
            CommandCounterIncrement();
            PushActiveSnapshot(GetTransactionSnapshot());
        }
        run.snapshot = GetActiveSnapshot();
        if (plan.kind == Kind::insert) {
            is_right = insert(run);
        } else {
            run.slot = table_slot_create(run.relation, nullptr);
            if (!place.is_known() || !take_from(run, place, keys)) {
                find_rows(run, keys);
            }
            ExecDropSingleTupleTableSlot(run.slot);
        }
        if (!is_reading) {
            PopActiveSnapshot();
            CommandCounterIncrement();
        }
    }
    table_close(run.relation, NoLock);
    return is_right;
}

}  // namespace

std::optional<Rows> run_directly(const KeyedPlan& plan, DirectTable& table,
                                 std::span<const Argument> arguments, Access access,
                                 const RowPlace& place) {
    Run run{.plan = plan, .table = table, .arguments = arguments};
    if (!guarded([&] { return run_plan(plan, table, run, access, place); })) {
        return std::nullopt;
    }
    return Rows(std::span<const HeapTuple>(run.found.tuples, run.found.count), table.description,
                table.columns, run.affected);
}

}  // namespace cart::pg
