#include "torture/ledger.hpp"

namespace cart::torture {

void Ledger::add(const std::string& tenant, const Content& content, Amount sign) {
    for (const Line& line : content.lines) {
        quantities_[{tenant, line.identity}] += sign * line.quantity;
    }
}

std::string Ledger::difference(const Ledger& stored) const {
    auto rest = stored.quantities_;
    for (const auto& [product, quantity] : quantities_) {
        rest[product] -= quantity;
    }
    std::string text;
    for (const auto& [product, quantity] : rest) {
        if (quantity != 0) {
            text += (text.empty() ? "" : ", ") + product.first + ": " + std::to_string(quantity) +
                    " thousandths too many of " + std::to_string(product.second);
        }
    }
    return text;
}

}  // namespace cart::torture
