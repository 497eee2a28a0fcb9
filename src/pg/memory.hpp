// Memory contexts as std::pmr resources, so that core's containers live where the server's do.
#pragma once

#include <memory_resource>

#include "pg/server.hpp"

namespace cart::pg {

// Allocates from one memory context, which must outlive all that is allocated. Throws
// std::bad_alloc where the server would raise an error.
class ContextResource final : public std::pmr::memory_resource {
  public:
    explicit ContextResource(MemoryContext context) noexcept : context_(context) {}

  private:
    void* do_allocate(std::size_t bytes, std::size_t alignment) override;
    void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override;
    [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override;

    MemoryContext context_;
};

// Memory of the current context. Throws std::bad_alloc where palloc() would raise an error, and so
// needs no guard.
[[nodiscard]] void* allocate(std::size_t bytes);

}  // namespace cart::pg
