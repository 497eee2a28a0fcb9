// Deferred triggers that the tables' owner has put on them. The server runs them at commit, as
// whoever commits: an owner could lend itself a superuser's rights that way.
#pragma once

#include "pg/server.hpp"

namespace cart::store {

// Where a superuser calls and the owner is none: such triggers no longer wait for the commit in
// this transaction, but fire after each statement, as the owner. To be called acting as the owner.
void tame_deferred_triggers(Oid caller, Oid owner);

}  // namespace cart::store
