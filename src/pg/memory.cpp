#include "pg/memory.hpp"

#include <new>

#include "pg/fault.hpp"

namespace cart::pg {

void* ContextResource::do_allocate(std::size_t bytes, std::size_t alignment) {
    if (bytes > MaxAllocHugeSize || alignment > MAXIMUM_ALIGNOF || fault::fails_allocation()) {
        throw std::bad_alloc();
    }
    void* memory =
        MemoryContextAllocExtended(context_, bytes, MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

void ContextResource::do_deallocate(void* memory, std::size_t /*bytes*/,
                                    std::size_t /*alignment*/) {
    pfree(memory);
}

bool ContextResource::do_is_equal(const std::pmr::memory_resource& other) const noexcept {
    const auto* that = dynamic_cast<const ContextResource*>(&other);
    return that != nullptr && that->context_ == context_;
}

}  // namespace cart::pg
