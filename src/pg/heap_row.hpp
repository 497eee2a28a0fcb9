// Rows that an index finds, from the heap.
#pragma once

#include "pg/server.hpp"

extern "C" {
#include "access/genam.h"
#include "executor/tuptable.h"
}

namespace cart::pg {

// Puts the next row that the scan finds into the slot, one of a heap. False: there is none.
//
// As index_getnext_slot() does it, but for one thing: dead versions are removed from a page when
// the row that was found has no room for a new version there, not as soon as less than a tenth of
// the page is free. What is read here is mostly written next, so the page would be cleaned up for
// nearly every change, each time of one dead version.
[[nodiscard]] bool next_row(IndexScanDesc scan, TupleTableSlot* slot);

}  // namespace cart::pg
