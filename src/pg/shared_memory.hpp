// Memory that all backends share, of a size that is known when the server starts. There is none
// unless cart_ext is in shared_preload_libraries.
#pragma once

#include <cstddef>

#include "pg/server.hpp"

namespace cart::pg {

// One piece. To be a static object.
class SharedMemory {
  public:
    // `prepare` runs once, on zeroed memory, when the server starts or starts again after a crash.
    SharedMemory(const char* name, std::size_t bytes, void (*prepare)(void*)) noexcept;

    // nullptr where there is none.
    [[nodiscard]] void* get() const noexcept { return memory_; }

  private:
    friend void reserve_shared_memory();
    friend void attach_shared_memory();

    const char* name_;
    std::size_t bytes_;
    void (*prepare_)(void*);
    void* memory_ = nullptr;
    SharedMemory* next_;
};

// Asks the server for all pieces. To be called while libraries are preloaded.
void request_shared_memory();

}  // namespace cart::pg
