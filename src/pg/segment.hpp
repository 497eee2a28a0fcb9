// Memory that processes share, made when it is needed.
#pragma once

#include <cstddef>

#include "pg/server.hpp"

namespace cart::pg {

struct Segment {
    void* address;
    Datum handle;  // by which other processes find it
};

// Makes one that lives as long as this process, or whoever has joined it last.
[[nodiscard]] Segment make_segment(std::size_t bytes);

// The one of that handle; nullptr where everybody else has left it.
[[nodiscard]] void* join_segment(Datum handle);

}  // namespace cart::pg
