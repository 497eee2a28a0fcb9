// The server's headers, and all that differs between PostgreSQL 15, 16, 17 and 18.
//
// Every file of src/pg that talks to the server includes this one first. No file outside
// src/pg, src/store, src/watch, src/api, src/trigger and src/worker sees it.
#pragma once

// PostgreSQL 15 leaves this empty; from 16 on it says the same. The library hides all other names.
#ifndef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

extern "C" {
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/palloc.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
}

// libintl's macros and port.h's replacements get in the way of the C++ library.
#undef printf
#undef fprintf
#undef vprintf
#undef vfprintf
#undef sprintf
#undef vsprintf
#undef snprintf
#undef vsnprintf
#undef gettext
#undef dgettext
#undef ngettext
#undef dngettext
#undef strerror
#undef strerror_r

extern "C" {
#include "catalog/pg_proc.h"
#include "utils/acl.h"
}

namespace cart::pg {

// Whether `role` may SET ROLE to `other`.
inline bool may_act_as(Oid role, Oid other) {
#if PG_VERSION_NUM >= 160000
    return member_can_set_role(role, other);
#else
    return is_member_of_role(role, other);
#endif
}

// Whether `role` may execute the function.
inline bool may_execute(Oid function, Oid role) {
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE) == ACLCHECK_OK;
#else
    return pg_proc_aclcheck(function, role, ACL_EXECUTE) == ACLCHECK_OK;
#endif
}

}  // namespace cart::pg

#if PG_VERSION_NUM < 150000
#error "cart_ext needs PostgreSQL 15 or newer"
#endif
