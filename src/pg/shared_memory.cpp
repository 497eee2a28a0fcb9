#include "pg/shared_memory.hpp"

#include <cstring>

extern "C" {
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
}

namespace cart::pg {

namespace {

SharedMemory* pieces = nullptr;
shmem_request_hook_type next_request = nullptr;
shmem_startup_hook_type next_startup = nullptr;

}  // namespace

SharedMemory::SharedMemory(const char* name, std::size_t bytes, void (*prepare)(void*)) noexcept
    : name_(name), bytes_(bytes), prepare_(prepare), next_(pieces) {
    pieces = this;
}

void reserve_shared_memory() {
    if (next_request != nullptr) {
        next_request();
    }
    for (const SharedMemory* piece = pieces; piece != nullptr; piece = piece->next_) {
        RequestAddinShmemSpace(piece->bytes_);
    }
}

void attach_shared_memory() {
    if (next_startup != nullptr) {
        next_startup();
    }
    LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
    for (SharedMemory* piece = pieces; piece != nullptr; piece = piece->next_) {
        bool is_there = false;
        piece->memory_ = ShmemInitStruct(piece->name_, piece->bytes_, &is_there);
        if (!is_there) {
            std::memset(piece->memory_, 0, piece->bytes_);
            piece->prepare_(piece->memory_);
        }
    }
    LWLockRelease(AddinShmemInitLock);
}

void request_shared_memory() {
    next_request = shmem_request_hook;
    shmem_request_hook = reserve_shared_memory;
    next_startup = shmem_startup_hook;
    shmem_startup_hook = attach_shared_memory;
}

}  // namespace cart::pg
