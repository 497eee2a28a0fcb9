// The result of a function that returns a set.
#pragma once

#include <span>

#include "pg/function.hpp"

extern "C" {
#include "nodes/execnodes.h"
}

namespace cart::pg {

// Collects the rows of SETOF something, for the server to read when the function has ended.
class TableResult {
  public:
    // Raises an error where the caller takes no set.
    explicit TableResult(Call& call);

    // A row of one column. Copies the value.
    void add(Datum value);
    // A row of several, none of them NULL.
    void add(std::span<Datum> values);

  private:
    ReturnSetInfo* info_;
};

}  // namespace cart::pg
