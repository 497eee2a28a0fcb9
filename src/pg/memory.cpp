#include "pg/memory.hpp"

#include <memory>
#include <new>

#include "pg/fault.hpp"

namespace cart::pg {

namespace {

// The server aligns to 8 bytes. For more, a block is made larger, and the address of the whole is
// kept just before the part that is given out.
constexpr bool is_overaligned(std::size_t alignment) { return alignment > MAXIMUM_ALIGNOF; }

void* align(void* whole, std::size_t bytes, std::size_t alignment) {
    void* part = static_cast<void**>(whole) + 1;
    std::size_t space = bytes + alignment;
    std::align(alignment, bytes, part, space);
    static_cast<void**>(part)[-1] = whole;
    return part;
}

void* allocate_in(MemoryContext context, std::size_t bytes, int flags) {
    void* memory = fault::fails_allocation()
                       ? nullptr
                       : MemoryContextAllocExtended(context, bytes, flags | MCXT_ALLOC_NO_OOM);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

}  // namespace

void* ContextResource::do_allocate(std::size_t bytes, std::size_t alignment) {
    const std::size_t extra = is_overaligned(alignment) ? alignment + sizeof(void*) : 0;
    if (bytes > MaxAllocHugeSize - extra) {
        throw std::bad_alloc();
    }
    void* memory = allocate_in(context_, bytes + extra, MCXT_ALLOC_HUGE);
    return extra == 0 ? memory : align(memory, bytes, alignment);
}

void ContextResource::do_deallocate(void* memory, std::size_t /*bytes*/, std::size_t alignment) {
    pfree(is_overaligned(alignment) ? static_cast<void**>(memory)[-1] : memory);
}

void* allocate(std::size_t bytes) {
    if (!AllocSizeIsValid(bytes)) {
        throw std::bad_alloc();
    }
    return allocate_in(CurrentMemoryContext, bytes, 0);
}

bool ContextResource::do_is_equal(const std::pmr::memory_resource& other) const noexcept {
    const auto* that = dynamic_cast<const ContextResource*>(&other);
    return that != nullptr && that->context_ == context_;
}

}  // namespace cart::pg
