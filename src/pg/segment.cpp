#include "pg/segment.hpp"

#include "pg/guard.hpp"

extern "C" {
#include "storage/dsm.h"
}

namespace cart::pg {

// Without a transaction around them, segments stay attached until the process ends.

Segment make_segment(std::size_t bytes) {
    return guarded([&] {
        dsm_segment* segment = dsm_create(bytes, 0);
        return Segment{.address = dsm_segment_address(segment),
                       .handle = UInt32GetDatum(dsm_segment_handle(segment))};
    });
}

void* join_segment(Datum handle) {
    return guarded([&] {
        dsm_segment* segment = dsm_attach(DatumGetUInt32(handle));
        return segment == nullptr ? nullptr : dsm_segment_address(segment);
    });
}

}  // namespace cart::pg
