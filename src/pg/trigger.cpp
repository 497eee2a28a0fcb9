#include "pg/trigger.hpp"

#include "pg/guard.hpp"

extern "C" {
#include "access/htup_details.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"
}

namespace cart::pg {

TriggerData* trigger_data(const Call& call) {
    guarded([&] {
        if (!CALLED_AS_TRIGGER(call.info())) {
            ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                            errmsg("this function is for triggers")));
        }
    });
    return reinterpret_cast<TriggerData*>(call.info()->context);
}

int trigger_depth() {
    return guarded([] { return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, Datum{0})); });
}

TriggerCall::TriggerCall(Call& call)
    : data_(reinterpret_cast<TriggerData*>(call.info()->context)), context_(call.context()) {
    guarded([&] {
        if (!CALLED_AS_TRIGGER(call.info()) || !TRIGGER_FIRED_BEFORE(data_->tg_event) ||
            !TRIGGER_FIRED_FOR_ROW(data_->tg_event)) {
            ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                            errmsg("the rules of cart_ext are for BEFORE ROW triggers")));
        }
        columns_ = RelationGetDescr(data_->tg_relation);
    });
}

int TriggerCall::column(const char* name) const {
    return guarded([&] {
        const int number = SPI_fnumber(columns_, name);
        if (number <= 0) {
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                            errmsg("table \"%s\" has no column \"%s\"",
                                   RelationGetRelationName(data_->tg_relation), name)));
        }
        return number;
    });
}

bool TriggerCall::is_unchanged() const {
    return is_update() && guarded([&] {
               return DatumGetBool(OidFunctionCall2(
                   F_RECORD_IMAGE_EQ, heap_copy_tuple_as_datum(data_->tg_trigtuple, columns_),
                   heap_copy_tuple_as_datum(data_->tg_newtuple, columns_)));
           });
}

bool TriggerCall::is_by_owner() const {
    return guarded(
        [&] { return has_privs_of_role(GetUserId(), data_->tg_relation->rd_rel->relowner); });
}

void TriggerCall::set(const char* name, const Argument& value) {
    numbers_.push_back(column(name));
    values_.push_back(value.datum);
    nulls_.push_back(value.is_null ? 1 : 0);
}

Datum TriggerCall::proceed() {
    HeapTuple tuple = is_delete() ? data_->tg_trigtuple : new_tuple();
    if (!numbers_.empty()) {
        const auto count = static_cast<int>(numbers_.size());
        tuple = guarded([&] {
            MemoryContextData* const before = MemoryContextSwitchTo(context_);
            HeapTupleData* const modified =
                heap_modify_tuple_by_cols(tuple, columns_, count, numbers_.data(), values_.data(),
                                          reinterpret_cast<bool*>(nulls_.data()));
            MemoryContextSwitchTo(before);
            return modified;
        });
    }
    return PointerGetDatum(tuple);
}

}  // namespace cart::pg
