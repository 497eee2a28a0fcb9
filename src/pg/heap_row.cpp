#include "pg/heap_row.hpp"

extern "C" {
#include "access/relscan.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"
}

namespace cart::pg {

namespace {

// Finds the version in the row's chain on its page. `place` becomes that of the version.
bool find_version(Relation table, Buffer buffer, ItemPointer place, Snapshot snapshot,
                  HeapTuple tuple, bool* all_dead) {
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    const bool is_found =
        heap_hot_search_buffer(place, table, buffer, snapshot, tuple, all_dead, true);
    LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
    tuple->t_self = *place;
    return is_found;
}

// Whether a version half as long again would still find room. Read without a lock: it may be wrong,
// then the page is cleaned up one change too early or too late.
bool has_room(Buffer buffer, HeapTuple tuple) {
    auto* const page = BufferGetPage(buffer);
    const Size wanted = MAXALIGN(tuple->t_len + tuple->t_len / 2);
    return !PageIsFull(page) && PageGetHeapFreeSpace(page) >= wanted;
}

// Puts the version that the snapshot sees of the row at `place` into the slot. False: it sees none.
bool fetch_row(Relation table, const ItemPointerData& place, Snapshot snapshot,
               TupleTableSlot* slot, bool* all_dead) {
    ExecClearTuple(slot);  // its pin would keep the page from being cleaned up
    auto* const row = reinterpret_cast<BufferHeapTupleTableSlot*>(slot);
    HeapTuple tuple = &row->base.tupdata;
    const Buffer buffer = ReadBuffer(table, ItemPointerGetBlockNumber(&place));
    ItemPointerData version = place;
    bool is_found = find_version(table, buffer, &version, snapshot, tuple, all_dead);
    if (is_found && !has_room(buffer, tuple)) {
        heap_page_prune_opt(table, buffer);
        version = place;
        is_found = find_version(table, buffer, &version, snapshot, tuple, all_dead);
    }
    if (!is_found) {
        ReleaseBuffer(buffer);
        return false;
    }
    slot->tts_tableOid = RelationGetRelid(table);
    ExecStorePinnedBufferHeapTuple(tuple, slot, buffer);
    return true;
}

}  // namespace

bool next_row(IndexScanDesc scan, TupleTableSlot* slot) {
    for (;;) {
        const ItemPointerData* place = index_getnext_tid(scan, ForwardScanDirection);
        if (place == nullptr) {
            return false;
        }
        bool all_dead = false;
        if (fetch_row(scan->heapRelation, *place, scan->xs_snapshot, slot, &all_dead)) {
            pgstat_count_heap_fetch(scan->indexRelation);
            return true;
        }
        // The index entry is marked as dead at the next step, as index_getnext_slot() would.
        if (!scan->xactStartedInRecovery) {
            scan->kill_prior_tuple = all_dead;
        }
    }
}

}  // namespace cart::pg
