#include "torture/call.hpp"

#include <algorithm>

namespace cart::torture {

bool shows_a_change(const Answer& answer) {
    return std::ranges::any_of(answer.changes,
                               [](const Change& change) { return change.action.str() != "kept"; });
}

const Written* find_written(const Call& call, Text cart) {
    const auto& all = call.answer.written;
    const auto found =
        std::ranges::find(all, cart, [](const Written& each) { return each.at.cart; });
    return found == all.end() ? nullptr : &*found;
}

bool wrote(const Call& call, const Etag& at) {
    const Written* written = find_written(call, at.cart);
    return written != nullptr && written->at == at;
}

std::string title_of(const Owner& owner) {
    return (owner.is_user() ? "user " + owner.user : "guest " + owner.token.substr(0, 6)) + " of " +
           owner.tenant;
}

std::string title_of(const Call& call, const std::vector<Owner>& owners) {
    return "client " + std::to_string(call.client) + ", call " + std::to_string(call.number) +
           (call.operation.kind == Kind::abandon ? ", to " : ", cart_") +
           name_of(call.operation.kind) + " by " + title_of(owners[call.owner]);
}

std::string sql_of(const Call& call, const std::vector<Owner>& owners, const Catalogue& catalogue) {
    const Statement statement = statement_of(call, owners, catalogue);
    std::string sql = statement.sql;
    // From the last on: $1 is the beginning of $10.
    for (std::size_t i = statement.arguments.size(); i > 0; --i) {
        const std::string parameter = '$' + std::to_string(i);
        const std::string value = "'" + *statement.arguments[i - 1] + "'";
        for (auto place = sql.find(parameter); place != std::string::npos;
             place = sql.find(parameter, place + value.size())) {
            sql.replace(place, parameter.size(), value);
        }
    }
    return sql;
}

}  // namespace cart::torture
