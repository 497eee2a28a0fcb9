// Carts made from any bytes, and all laws of merging on them.
#include <cstddef>
#include <cstdint>

#include "fuzz/demand.hpp"
#include "support/laws.hpp"

namespace cart::test {
namespace {

void run(Choices& choices) {
    const core::MergeRules limited = any_rules(choices);
    const core::Strategy strategy = limited.strategy;
    const bool unique = choices.one_in(2);
    const Cart a = any_cart(choices, 10, unique);
    const Cart b = any_cart(choices, 10, unique);
    const Cart c = any_cart(choices, 5, unique);
    demand(is_associative(a, b, c, strategy));
    demand(has_identity(a, strategy));
    demand(conserves(a, b));
    demand(strategy == core::Strategy::sum ? std::string() : absorbs(a, b, strategy));
    demand(picks_its_side(a, b));
    demand(joins_first(a, b, strategy));
    demand(reports_truly(a, b, rules_of(strategy)));
    demand(reports_truly(a, b, limited));
    demand(refuses_what_it_would_clamp(a, b, limited));
}

}  // namespace
}  // namespace cart::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    cart::test::Choices choices({data, size});
    cart::test::run(choices);
    return 0;
}
