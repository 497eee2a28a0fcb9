#include "worker/visit.hpp"

#include <new>

#include "pg/guard.hpp"

extern "C" {
#include "storage/dsm.h"
}

namespace cart::worker {

// No transaction owns the segments: they stay attached until the process ends.

SharedVisit share_visit() {
    dsm_segment* segment = pg::guarded([] { return dsm_create(sizeof(Visit), 0); });
    return {.visit = new (dsm_segment_address(segment)) Visit{},
            .handle = UInt32GetDatum(dsm_segment_handle(segment))};
}

Visit* join_visit(Datum handle) {
    dsm_segment* segment = pg::guarded([&] { return dsm_attach(DatumGetUInt32(handle)); });
    return segment == nullptr ? nullptr : static_cast<Visit*>(dsm_segment_address(segment));
}

}  // namespace cart::worker
