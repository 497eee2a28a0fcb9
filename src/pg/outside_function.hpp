// Functions of the application's that we call: a catalogue, a resolver of discounts.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "pg/spi.hpp"

namespace cart::pg {

struct OutsideFunction {
    std::string name;    // with its schema, as SQL writes it
    std::string schema;  // likewise
    Oid owner;
};

// The function of that name with those parameters. A name without a schema is looked for by the
// caller's search_path; one with a schema is found whatever the rights on that are, since the
// function runs with its owner's. It is locked against being dropped until the transaction ends.
// Raises 42883 where there is none.
[[nodiscard]] OutsideFunction find_function(std::string_view name,
                                            std::initializer_list<Oid> parameters);

// Raises 42501 unless the current user may act as the function's owner.
void check_may_act_as_owner(const OutsideFunction& function);

// Runs `before`, the function's name, `after`: with its owner's rights, and with a search_path of
// pg_catalog and the function's own schema. What it raises goes on as it is. A superuser's function
// is run for a superuser alone (42501): the current user here is the tables' owner, who can write
// any function's name into the settings.
[[nodiscard]] Rows run_as_owner(const OutsideFunction& function, const std::string& before,
                                const std::string& after,
                                std::initializer_list<Argument> arguments);

}  // namespace cart::pg
