// Faults on purpose, for the tests.
//
// Built with CART_FAULTS, the library has the superuser's setting cart_ext.fault: 'server:7'
// makes the seventh guarded call from then on raise a server error, 'memory:7' the seventh
// allocation fail, 'core:7' the seventh guarded call throw a core error. Without CART_FAULTS
// nothing of this is compiled in.
#pragma once

namespace cart::pg::fault {

#ifdef CART_FAULTS
void define_setting();
// Called where a guarded call begins. Throws, or raises a server error, when it is its turn.
void before_call();
// Called inside the guard.
void inside_call();
// Whether this allocation is to fail.
bool fails_allocation();
#else
inline void define_setting() {}
inline void before_call() {}
inline void inside_call() {}
inline bool fails_allocation() { return false; }
#endif

}  // namespace cart::pg::fault
