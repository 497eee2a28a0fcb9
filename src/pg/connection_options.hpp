// Options of the connection that came before the library.
#pragma once

namespace cart::pg {

// A server that has not loaded the library takes every setting of ours from anybody, as an option
// of the connection: it does not know yet whose settings they are. When it learns that, it drops
// what a role had no right to say, but with it what the configuration says of the same setting, so
// that the default would count: of the claims' trust, of a limit. Such a session gets no further
// than this error, 42501. To be called before the settings are defined; only for _PG_init.
void refuse_connection_options();

}  // namespace cart::pg
