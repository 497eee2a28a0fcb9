// Where the pieces are plugged together, and nothing else.
#include "pg/direct_table.hpp"
#include "pg/rival.hpp"
#include "pg/secret_key.hpp"
#include "pg/server.hpp"
#include "pg/settings.hpp"
#include "pg/shared_memory.hpp"
#include "store/layout.hpp"
#include "watch/watch.hpp"
#include "worker/launcher.hpp"

extern "C" {
PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);
}

void _PG_init(void) {
    cart::pg::settings::define();
    cart::store::watch_layout();
    cart::pg::watch_catalogue();
    cart::pg::watch_rivals();
    cart::watch::begin();
    if (process_shared_preload_libraries_in_progress) {
        cart::pg::request_shared_memory();
        cart::pg::read_secret_key_early();
    }
    cart::worker::register_launcher();
}
