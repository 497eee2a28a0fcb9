#include "store/layout.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "core/error.hpp"
#include "pg/guard.hpp"

extern "C" {
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "commands/comment.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
}

namespace cart::store {

namespace {

Layout cached;
bool is_cached = false;
bool is_looking_up = false;
std::uint64_t look_ups = 0;

void forget() { is_cached = false; }

void on_relation_change(Datum /*argument*/, Oid relation) {
    if (is_looking_up || relation == InvalidOid || relation == cached.carts ||
        relation == cached.items || relation == cached.settings) {
        forget();
    }
}

void on_schema_change(Datum /*argument*/, int /*cache*/, uint32 /*hash*/) { forget(); }

Oid owner_of(Oid relation) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
    if (!HeapTupleIsValid(tuple)) {
        return InvalidOid;
    }
    const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
    ReleaseSysCache(tuple);
    return owner;
}

// The comment reads "cart_ext: … (layout 1)".
int version_in(const char* comment) {
    static constexpr char word[] = "(layout ";
    const char* found = comment == nullptr ? nullptr : std::strstr(comment, word);
    return found == nullptr ? 0
                            : static_cast<int>(std::strtol(found + sizeof word - 1, nullptr, 10));
}

bool has_trigger(Oid table, bool (*is_meant)(const Trigger& trigger)) {
    Relation relation = table_open(table, AccessShareLock);
    const TriggerDesc* triggers = relation->trigdesc;
    const bool found =
        triggers != nullptr &&
        std::any_of(triggers->triggers, triggers->triggers + triggers->numtriggers, is_meant);
    table_close(relation, AccessShareLock);
    return found;
}

bool is_named(const Trigger& trigger, const char* name) {
    return std::strcmp(trigger.tgname, name) == 0;
}

// Neither ours nor a foreign key's.
bool is_other(const Trigger& trigger) {
    return !trigger.tgisinternal && trigger.tgenabled != TRIGGER_DISABLED &&
           !is_named(trigger, "zz_cart_ext_rules") && !is_named(trigger, "cart_ext_one_active");
}

bool tells_of_settings(const Trigger& trigger) {
    return trigger.tgenabled == TRIGGER_FIRES_ALWAYS &&
           is_named(trigger, "cart_ext_settings_changed");
}

Layout look_up() {
    return pg::guarded([] {
        Layout found;
        found.schema = get_namespace_oid("cart", true);
        if (!OidIsValid(found.schema)) {
            return found;
        }
        found.carts = get_relname_relid("carts", found.schema);
        found.items = get_relname_relid("items", found.schema);
        found.settings = get_relname_relid("settings", found.schema);
        found.announces_settings =
            OidIsValid(found.settings) && has_trigger(found.settings, tells_of_settings);
        if (OidIsValid(found.carts)) {
            found.owner = owner_of(found.carts);
            found.version = version_in(GetComment(found.schema, NamespaceRelationId, 0));
            found.has_other_triggers =
                has_trigger(found.carts, is_other) ||
                (OidIsValid(found.items) && has_trigger(found.items, is_other));
        }
        return found;
    });
}

}  // namespace

const Layout& layout() {
    if (!is_cached) {
        // Set before the look-up: what is announced meanwhile must not be missed.
        is_cached = true;
        is_looking_up = true;
        try {
            cached = look_up();
            cached.generation = ++look_ups;
        } catch (...) {
            is_looking_up = false;
            forget();
            throw;
        }
        is_looking_up = false;
        if (!OidIsValid(cached.items)) {
            forget();  // nobody announces the tables that are yet to come
        }
    }
    return cached;
}

const Layout& newest_layout() {
    pg::guarded([] { AcceptInvalidationMessages(); });
    return layout();
}

bool is_served() {
    const Oid extension = pg::guarded([] { return get_extension_oid("cart_ext", true); });
    if (!OidIsValid(extension)) {
        return false;
    }
    const Layout& found = layout();
    return OidIsValid(found.carts) && OidIsValid(found.items) && found.version == layout_version;
}

void check_not_newer(const Layout& found) {
    if (found.version > layout_version) {
        throw core::Error(
            core::ErrorCode::not_set_up,
            "the tables of cart_ext are of a newer layout than its library",
            core::Detail().number("expected", layout_version).number("found", found.version),
            "Install the newer library, and run ALTER EXTENSION cart_ext UPDATE.");
    }
}

const Layout& checked_layout() {
    const Layout& found = layout();
    if (!OidIsValid(found.carts) || !OidIsValid(found.items)) {
        throw core::Error(core::ErrorCode::not_set_up, "the tables of cart_ext are not set up",
                          core::Detail().number("expected", layout_version).json("found", "null"),
                          "Run SELECT cart_setup(), as the role that is to own them.");
    }
    if (found.version < layout_version) {
        throw core::Error(
            core::ErrorCode::not_set_up,
            "the tables of cart_ext are of an older layout than its library",
            core::Detail().number("expected", layout_version).number("found", found.version),
            "Run SELECT cart_setup(), which upgrades them.");
    }
    check_not_newer(found);
    return found;
}

void announce_new_layout() {
    forget();
    pg::guarded([] {
        const Oid schema = get_namespace_oid("cart", false);
        CacheInvalidateRelcacheByRelid(get_relname_relid("carts", schema));
    });
}

void watch_layout() {
    CacheRegisterRelcacheCallback(on_relation_change, Datum{0});
    CacheRegisterSyscacheCallback(NAMESPACEOID, on_schema_change, Datum{0});
}

}  // namespace cart::store
