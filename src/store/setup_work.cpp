#include "store/setup_work.hpp"

#include "pg/guard.hpp"

extern "C" {
#include "utils/builtins.h"
}

namespace cart::store {

std::optional<pg::Row> look_up(const std::string& sql) {
    const pg::Rows rows = pg::run_once(sql);
    return rows.empty() ? std::nullopt : std::optional(rows[0]);
}

std::string quoted_name(std::string_view name) {
    const std::string terminated(name);
    const char* text = terminated.c_str();
    return pg::guarded([&] { return quote_identifier(text); });
}

std::string quoted_text(std::string_view text) {
    const std::string terminated(text);
    const char* raw = terminated.c_str();
    return pg::guarded([&] { return const_cast<const char*>(quote_literal_cstr(raw)); });
}

void refuse_foreign(const std::string& what, std::string_view actual_owner) {
    const std::string owner(actual_owner);
    pg::raise(ERRCODE_INSUFFICIENT_PRIVILEGE, what + " belongs to role \"" + owner + "\"", {},
              "cart_setup() takes over nothing that is another role's. If that role is to own the "
              "carts, run cart_setup(owner => '" +
                  owner + "'); else drop or rename it.");
}

}  // namespace cart::store
