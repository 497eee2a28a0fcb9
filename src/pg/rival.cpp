#include "pg/rival.hpp"

#include <cstring>
#include <vector>

#include "pg/guard.hpp"

extern "C" {
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/nbtree.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "optimizer/optimizer.h"
#include "parser/parse_clause.h"
#include "parser/parse_collate.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"
}

namespace cart::pg {

namespace {

// The functions down to look() are plain C within guarded(): they own nothing.

AttrNumber column_of(Relation relation, const char* name) {
    const int number = SPI_fnumber(RelationGetDescr(relation), name);
    if (number <= 0) {
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("column \"%s\" of relation \"%s\" does not exist", name,
                               RelationGetRelationName(relation)),
                        errhint("Where it has another name now, call cart_attach() again.")));
    }
    return static_cast<AttrNumber>(number);
}

const FormData_pg_attribute* attribute(Relation relation, AttrNumber column) {
    return TupleDescAttr(RelationGetDescr(relation), column - 1);
}

void add_key(Rule& rule, Relation relation, const char* name) {
    rule.key[rule.columns++] = column_of(relation, name);
}

const TypeCacheEntry* type_of(Relation relation, AttrNumber column) {
    const TypeCacheEntry* type = lookup_type_cache(
        attribute(relation, column)->atttypid, TYPECACHE_EQ_OPR_FINFO | TYPECACHE_BTREE_OPFAMILY);
    if (!OidIsValid(type->eq_opr_finfo.fn_oid)) {
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("could not identify an equality operator for type %s",
                               format_type_be(attribute(relation, column)->atttypid))));
    }
    return type;
}

bool is_equal_in(Relation relation, AttrNumber column, Datum a, Datum b) {
    return DatumGetBool(
        FunctionCall2Coll(const_cast<FmgrInfo*>(&type_of(relation, column)->eq_opr_finfo),
                          attribute(relation, column)->attcollation, a, b));
}

// The value that makes a row count, read by the type beneath any domain: what a domain checks is
// not ours to run.
Datum active_value(Relation relation, const Rule& rule) {
    int32 modifier = attribute(relation, rule.status)->atttypmod;
    const Oid type = getBaseTypeAndTypmod(attribute(relation, rule.status)->atttypid, &modifier);
    Oid input = InvalidOid;
    Oid parameter = InvalidOid;
    getTypeInputInfo(type, &input, &parameter);
    return OidInputFunctionCall(input, const_cast<char*>(rule.active), parameter, modifier);
}

// Whether the row counts; then `key` has its key.
bool counts(Relation relation, const Rule& rule, HeapTuple row, Datum* key) {
    bool is_null = false;
    TupleDesc columns = RelationGetDescr(relation);
    for (int i = 0; i < rule.columns; ++i) {
        key[i] = heap_getattr(row, rule.key[i], columns, &is_null);
        if (is_null) {
            return false;
        }
    }
    if (rule.absent != 0 && !heap_attisnull(row, rule.absent, columns)) {
        return false;
    }
    if (rule.status == 0) {
        return true;
    }
    const Datum status = heap_getattr(row, rule.status, columns, &is_null);
    return !is_null && is_equal_in(relation, rule.status, status, active_value(relation, rule));
}

bool is_same_key(Relation relation, const Rule& rule, const Datum* a, const Datum* b) {
    for (int i = 0; i < rule.columns; ++i) {
        if (!is_equal_in(relation, rule.key[i], a[i], b[i])) {
            return false;
        }
    }
    return true;
}

void make_scan_keys(Relation relation, const Rule& rule, const Datum* key, ScanKeyData* scan_keys) {
    for (int i = 0; i < rule.columns; ++i) {
        ScanKeyEntryInitialize(&scan_keys[i], 0, rule.key[i], BTEqualStrategyNumber, InvalidOid,
                               attribute(relation, rule.key[i])->attcollation,
                               type_of(relation, rule.key[i])->eq_opr_finfo.fn_oid, key[i]);
    }
}

// What a look found: nothing, a rival, or somebody to wait for.
struct Found {
    bool is_rival = false;
    TransactionId writer = InvalidTransactionId;
    uint32 speculation = 0;
    ItemPointerData place = {};
};

Found look(Relation relation, const Rule& rule, const Datum* key, const ItemPointerData* own,
           Oid index) {
    Found found;
    SnapshotData snapshot;
    InitDirtySnapshot(snapshot);
    ScanKeyData scan_keys[Rule::most_columns];
    make_scan_keys(relation, rule, key, scan_keys);
    // The server's catalogues are read by this, and any table can be: by the index, or without one.
    SysScanDesc scan =
        systable_beginscan(relation, index, OidIsValid(index), &snapshot, rule.columns, scan_keys);
    HeapTuple row = nullptr;
    while (HeapTupleIsValid(row = systable_getnext(scan))) {
        Datum other[Rule::most_columns];
        if (ItemPointerEquals(&row->t_self, const_cast<ItemPointer>(own)) ||
            !counts(relation, rule, row, other)) {
            continue;
        }
        found.writer = TransactionIdIsValid(snapshot.xmin) ? snapshot.xmin : snapshot.xmax;
        found.is_rival = !TransactionIdIsValid(found.writer);
        found.speculation = snapshot.speculativeToken;
        found.place = row->t_self;
        break;
    }
    systable_endscan(scan);
    return found;
}

bool has_rival(Relation relation, const Rule& rule, const Datum* key, const ItemPointerData* own,
               Oid index) {
    for (;;) {
        Found found = look(relation, rule, key, own, index);
        if (!TransactionIdIsValid(found.writer)) {
            return found.is_rival;
        }
        if (found.speculation != 0) {
            SpeculativeInsertionWait(found.writer, found.speculation);
        } else {
            XactLockTableWait(found.writer, relation, &found.place, XLTW_RecheckExclusionConstr);
        }
    }
}

// "Key (a, b)=(1, 2)", as the server's unique indexes tell it; nullptr where the writer may not
// read the table.
const char* shown_key(Relation relation, const Rule& rule, const Datum* key) {
    const Oid table = RelationGetRelid(relation);
    if (pg_class_aclcheck(table, GetUserId(), ACL_SELECT) != ACLCHECK_OK ||
        check_enable_rls(table, InvalidOid, true) == RLS_ENABLED) {
        return nullptr;
    }
    StringInfoData names;
    StringInfoData values;
    initStringInfo(&names);
    initStringInfo(&values);
    for (int i = 0; i < rule.columns; ++i) {
        const FormData_pg_attribute* column = attribute(relation, rule.key[i]);
        Oid output = InvalidOid;
        bool is_variable = false;
        getTypeOutputInfo(column->atttypid, &output, &is_variable);
        const char* comma = i == 0 ? "" : ", ";
        appendStringInfo(&names, "%s%s", comma, NameStr(column->attname));
        appendStringInfo(&values, "%s%s", comma, OidOutputFunctionCall(output, key[i]));
    }
    return psprintf("Key (%s)=(%s) already exists.", names.data, values.data);
}

[[noreturn]] void refuse(const TriggerData* trigger, const Rule& rule, const Datum* key) {
    Relation relation = trigger->tg_relation;
    const char* detail = shown_key(relation, rule, key);
    ereport(ERROR, (errcode(ERRCODE_UNIQUE_VIOLATION),
                    errmsg("duplicate key value violates trigger \"%s\" on table \"%s\"",
                           trigger->tg_trigger->tgname, RelationGetRelationName(relation)),
                    detail != nullptr ? errdetail("%s", detail) : 0,
                    err_generic_string(PG_DIAG_SCHEMA_NAME,
                                       get_namespace_name(RelationGetNamespace(relation))),
                    err_generic_string(PG_DIAG_TABLE_NAME, RelationGetRelationName(relation)),
                    err_generic_string(PG_DIAG_CONSTRAINT_NAME, trigger->tg_trigger->tgname)));
    pg_unreachable();
}

const char* argument_of(const Trigger* trigger, int place) {
    const char* text = place < trigger->tgnargs ? trigger->tgargs[place] : "";
    return *text == '\0' ? nullptr : text;
}

Rules make_rules(Relation relation, const Ownership& ownership) {
    Rules rules;
    for (int kind = 0; kind < Rules::kinds; ++kind) {
        Rule& rule = rules.of[kind];
        const char* name = kind == 0 ? ownership.user : ownership.session;
        if (name == nullptr) {
            continue;
        }
        add_key(rule, relation, name);
        if (kind == 1 && ownership.user != nullptr) {
            rule.absent = rules.of[0].key[0];
        }
        if (ownership.status != nullptr) {
            rule.status = column_of(relation, ownership.status);
            rule.active = ownership.active;
        }
    }
    return rules;
}

Rules make_rules_of_carts(Relation carts) {
    Rules rules;
    for (const char* name : {"tenant_id", "user_id", "till_id"}) {
        add_key(rules.of[0], carts, name);
    }
    for (const char* name : {"tenant_id", "session_hash"}) {
        add_key(rules.of[1], carts, name);
    }
    for (Rule& rule : rules.of) {
        rule.status = column_of(carts, "status");
        rule.active = "active";
    }
    return rules;
}

// ---- what indexes do for a rule

const char* condition_text(Relation relation, const Rule& rule) {
    StringInfoData text;
    initStringInfo(&text);
    const auto name = [&](AttrNumber column) {
        return quote_identifier(NameStr(attribute(relation, column)->attname));
    };
    if (rule.status != 0) {
        appendStringInfo(&text, "%s OPERATOR(pg_catalog.=) %s AND ", name(rule.status),
                         quote_literal_cstr(rule.active));
    }
    if (rule.absent != 0) {
        appendStringInfo(&text, "%s IS NULL AND ", name(rule.absent));
    }
    // tenant and till are NOT NULL: the column that names the owner is the one that may be NULL.
    const int owner = rule.columns > 1 ? 1 : 0;
    appendStringInfo(&text, "%s IS NOT NULL", name(rule.key[owner]));
    return text.data;
}

// The rule's condition as the planner would have it, to see which indexes' conditions it implies.
List* clauses_of(Relation relation, const Rule& rule) {
    char* sql = psprintf("SELECT 1 WHERE %s", condition_text(relation, rule));
    auto* statement = linitial_node(RawStmt, raw_parser(sql, RAW_PARSE_DEFAULT));
    ParseState* state = make_parsestate(nullptr);
    state->p_sourcetext = sql;
    ParseNamespaceItem* item =
        addRangeTableEntryForRelation(state, relation, AccessShareLock, nullptr, false, true);
    addNSItemToQuery(state, item, false, true, true);
    Node* condition =
        transformWhereClause(state, castNode(SelectStmt, statement->stmt)->whereClause,
                             EXPR_KIND_INDEX_PREDICATE, "WHERE");
    assign_expr_collations(state, condition);
    free_parsestate(state);
    Expr* simple = reinterpret_cast<Expr*>(eval_const_expressions(nullptr, condition));
    return make_ands_implicit(canonicalize_qual(simple, false));
}

// Where the column stands in the index as its own type and collation compare it; -1: nowhere.
int place_in(Relation relation, Relation index, AttrNumber column) {
    for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); ++i) {
        if (index->rd_index->indkey.values[i] == column &&
            index->rd_opfamily[i] == type_of(relation, column)->btree_opf &&
            index->rd_indcollation[i] == attribute(relation, column)->attcollation) {
            return i;
        }
    }
    return -1;
}

bool finds_rivals(Relation relation, const Rule& rule, Relation index) {
    bool has_first = false;
    for (int i = 0; i < rule.columns; ++i) {
        const int place = place_in(relation, index, rule.key[i]);
        if (place < 0) {
            return false;
        }
        has_first = has_first || place == 0;
    }
    return has_first;
}

// Whether each column of the index is one of the key.
bool is_within_key(const Rule& rule, Relation index) {
    for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); ++i) {
        bool is_key = false;
        for (int k = 0; k < rule.columns; ++k) {
            is_key = is_key || index->rd_index->indkey.values[i] == rule.key[k];
        }
        if (!is_key) {
            return false;
        }
    }
    return true;
}

void look_at(Relation relation, const Rule& rule, Oid oid, List*& clauses, Help& help) {
    Relation index = index_open(oid, AccessShareLock);
    const FormData_pg_index* form = index->rd_index;
    if (index->rd_rel->relam == BTREE_AM_OID && form->indisvalid && form->indislive &&
        finds_rivals(relation, rule, index)) {
        List* predicate = RelationGetIndexPredicate(index);
        clauses = clauses == NIL && predicate != NIL ? clauses_of(relation, rule) : clauses;
        if (predicate == NIL || predicate_implied_by(predicate, clauses, false)) {
            // A deferrable one lets duplicates stand until the commit.
            const bool is_unique =
                form->indisunique && form->indimmediate && is_within_key(rule, index);
            help.unique = is_unique ? oid : help.unique;
            help.look_up = oid;
        }
    }
    index_close(index, AccessShareLock);
}

Help find_help(Relation relation, const Rule& rule) {
    Help help;
    List* clauses = NIL;
    List* indexes = RelationGetIndexList(relation);
    ListCell* cell = nullptr;
    foreach (cell, indexes) {
        look_at(relation, rule, lfirst_oid(cell), clauses, help);
    }
    list_free(indexes);
    return help;
}

// ---- what is known of the indexes of a table, until it changes

struct Known {
    Oid relation;
    Oid trigger;
    Help help[Rules::kinds];
};
std::vector<Known> known;
unsigned changes = 0;  // tells whether something changed during a look-up

void on_relation_change(Datum /*argument*/, Oid relation) {
    ++changes;
    std::erase_if(known, [&](const Known& one) {
        return relation == InvalidOid || one.relation == relation;
    });
}

Known look_up(const TriggerData* trigger, const Rules& rules) {
    Relation relation = trigger->tg_relation;
    Known found{
        .relation = RelationGetRelid(relation), .trigger = trigger->tg_trigger->tgoid, .help = {}};
    for (int kind = 0; kind < Rules::kinds; ++kind) {
        if (rules.of[kind].columns > 0) {
            found.help[kind] = find_help(relation, rules.of[kind]);
        }
    }
    return found;
}

Known known_of(const TriggerData* trigger, const Rules& rules) {
    for (const Known& one : known) {
        if (one.trigger == trigger->tg_trigger->tgoid) {
            return one;
        }
    }
    constexpr std::size_t most_known = 64;
    const unsigned before = changes;
    const Known found = guarded([&] { return look_up(trigger, rules); });
    if (before == changes && known.size() < most_known) {
        known.push_back(found);
    }
    return found;
}

// ---- the trigger

HeapTuple written_row(const TriggerData* trigger) {
    return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple
                                                      : trigger->tg_trigtuple;
}

// A row that has been written again since is looked at by that writing's trigger.
bool still_stands(const TriggerData* trigger) {
    TupleTableSlot* slot =
        TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newslot : trigger->tg_trigslot;
    return table_tuple_satisfies_snapshot(trigger->tg_relation, slot, SnapshotSelf);
}

// Whether the row has come to count, or to another owner.
bool is_new_to(const TriggerData* trigger, const Rule& rule, Datum* key) {
    if (!counts(trigger->tg_relation, rule, written_row(trigger), key)) {
        return false;
    }
    Datum old_key[Rule::most_columns];
    return !TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ||
           !counts(trigger->tg_relation, rule, trigger->tg_trigtuple, old_key) ||
           !is_same_key(trigger->tg_relation, rule, key, old_key);
}

void check(const TriggerData* trigger, const Rule& rule, Oid index) {
    Datum key[Rule::most_columns];
    HeapTuple row = written_row(trigger);
    if (is_new_to(trigger, rule, key) && still_stands(trigger) &&
        has_rival(trigger->tg_relation, rule, key, &row->t_self, index)) {
        refuse(trigger, rule, key);
    }
}

void check_call(const TriggerData* trigger) {
    const TriggerEvent event = trigger->tg_event;
    if (!TRIGGER_FIRED_AFTER(event) || !TRIGGER_FIRED_FOR_ROW(event) ||
        TRIGGER_FIRED_BY_DELETE(event)) {
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("this is for AFTER ROW triggers on INSERT or UPDATE"),
                        errhint("cart_attach() makes them.")));
    }
}

Rules rules_for(const TriggerData* trigger) {
    const Trigger* made = trigger->tg_trigger;
    if (made->tgnargs == 0) {
        return make_rules_of_carts(trigger->tg_relation);
    }
    return make_rules(trigger->tg_relation, {.user = argument_of(made, 0),
                                             .session = argument_of(made, 1),
                                             .status = argument_of(made, 2),
                                             .active = made->tgnargs > 3 ? made->tgargs[3] : ""});
}

}  // namespace

Rules rules_of(Relation relation, const Ownership& ownership) {
    return guarded([&] { return make_rules(relation, ownership); });
}

Rules rules_of_carts(Relation carts) {
    return guarded([&] { return make_rules_of_carts(carts); });
}

Help help_for(Relation relation, const Rule& rule) {
    return guarded([&] { return find_help(relation, rule); });
}

std::string condition_of(Relation relation, const Rule& rule) {
    return guarded([&] { return condition_text(relation, rule); });
}

bool is_by_owner(const TriggerData* trigger) {
    return guarded(
        [&] { return has_privs_of_role(GetUserId(), trigger->tg_relation->rd_rel->relowner); });
}

void refuse_rivals(TriggerData* trigger) {
    const Rules rules = guarded([&] {
        check_call(trigger);
        return rules_for(trigger);
    });
    const Known indexes = known_of(trigger, rules);
    for (int kind = 0; kind < Rules::kinds; ++kind) {
        const Help& help = indexes.help[kind];
        if (rules.of[kind].columns > 0 && !OidIsValid(help.unique)) {
            guarded([&] { check(trigger, rules.of[kind], help.look_up); });
        }
    }
}

void watch_rivals() { CacheRegisterRelcacheCallback(on_relation_change, Datum{0}); }

}  // namespace cart::pg
