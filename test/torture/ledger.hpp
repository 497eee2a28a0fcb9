// How much of each product has come into a tenant's carts and gone out again, by what the customers
// have asked for. Moving carts about neither makes nor loses any: in the end, just that much must
// stand in the tables.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "torture/model.hpp"

namespace cart::torture {

class Ledger {
  public:
    // What the lines of this content are counts as come in, or as gone out.
    void add(const std::string& tenant, const Content& content, Amount sign = 1);
    // Where another ledger differs, for people; empty: nowhere.
    [[nodiscard]] std::string difference(const Ledger& stored) const;

  private:
    std::map<std::pair<std::string, int>, Amount> quantities_;
};

}  // namespace cart::torture
