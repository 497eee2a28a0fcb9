#include "pg/fault.hpp"

#ifdef CART_FAULTS

#include <cstdlib>
#include <cstring>

#include "core/error.hpp"
#include "pg/server.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace cart::pg::fault {

namespace {

char* setting = nullptr;
long server_countdown = 0;
long memory_countdown = 0;
long core_countdown = 0;

long count_of(const char* value, const char* kind) {
    const std::size_t length = std::strlen(kind);
    return std::strncmp(value, kind, length) == 0 ? std::strtol(value + length, nullptr, 10) : 0;
}

void assign(const char* value, void* /*extra*/) {
    const char* text = value == nullptr ? "" : value;
    server_countdown = count_of(text, "server:");
    memory_countdown = count_of(text, "memory:");
    core_countdown = count_of(text, "core:");
}

bool its_turn(long& countdown) { return countdown > 0 && --countdown == 0; }

}  // namespace

void define_setting() {
    DefineCustomStringVariable("cart_ext.fault", "Makes the n-th guarded call or allocation fail.",
                               "server:n, memory:n or core:n; only in builds for tests.", &setting,
                               "", PGC_SUSET, GUC_NOT_IN_SAMPLE, nullptr, assign, nullptr);
}

void before_call() {
    if (its_turn(core_countdown)) {
        throw core::Error(core::ErrorCode::item_invalid, "a core error made for the tests");
    }
}

void inside_call() {
    if (its_turn(server_countdown)) {
        ereport(ERROR, (errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
                        errmsg("a server error made for the tests"),
                        errdetail("detail of the fault"), errhint("hint of the fault")));
    }
}

bool fails_allocation() { return its_turn(memory_countdown); }

}  // namespace cart::pg::fault

#endif
