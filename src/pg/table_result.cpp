#include "pg/table_result.hpp"

#include "pg/guard.hpp"

extern "C" {
#include "funcapi.h"
#include "utils/tuplestore.h"
}

namespace cart::pg {

TableResult::TableResult(Call& call)
    : info_(reinterpret_cast<ReturnSetInfo*>(call.info()->resultinfo)) {
    guarded([&] { InitMaterializedSRF(call.info(), MAT_SRF_USE_EXPECTED_DESC); });
}

void TableResult::add(Datum value) {
    guarded([&] {
        bool is_null = false;
        tuplestore_putvalues(info_->setResult, info_->setDesc, &value, &is_null);
    });
}

void TableResult::add(std::span<Datum> values) {
    guarded([&] {
        auto* nulls = static_cast<bool*>(palloc0(values.size() * sizeof(bool)));
        tuplestore_putvalues(info_->setResult, info_->setDesc, values.data(), nulls);
        pfree(nulls);
    });
}

}  // namespace cart::pg
