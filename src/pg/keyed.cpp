#include "pg/keyed.hpp"

#include "pg/direct.hpp"
#include "pg/settings.hpp"

namespace cart::pg {

namespace {

using Kind = KeyedPlan::Kind;

std::string parameter(std::size_t number) { return "$" + std::to_string(number); }

std::string condition_of(const KeyedPlan& plan) {
    std::string condition;
    std::string_view names = plan.keys;
    std::size_t number = 0;
    for (auto name = next_name(names); !name.empty(); name = next_name(names)) {
        const bool is_any = plan.any_of_last && names.empty();
        condition.append(number == 0 ? " WHERE " : " AND ").append(name).append(" = ");
        const std::string argument = parameter(++number);
        condition.append(is_any ? "ANY (" + argument + ")" : argument);
    }
    if (plan.other_status != nullptr) {
        condition.append(" AND status IN ('").append(plan.status).append("', '");
        condition.append(plan.other_status).append("')");
    } else if (plan.status != nullptr) {
        condition.append(" AND status = '").append(plan.status).append("'");
    }
    return condition;
}

std::string value_of(const Assignment& assignment) {
    std::string argument = parameter(static_cast<std::size_t>(assignment.argument));
    switch (assignment.kind) {
        case Assignment::Kind::argument:
            return argument;
        case Assignment::Kind::argument_or_old:
            return "coalesce(" + argument + ", " + assignment.column + ")";
        case Assignment::Kind::later:
            return "greatest(" + argument + ", " + assignment.column + ")";
        case Assignment::Kind::increment:
            return std::string(assignment.column) + " + 1";
        case Assignment::Kind::constant:
            return std::string("'") + assignment.constant + "'";
        case Assignment::Kind::null:
            break;
    }
    return "NULL";
}

std::string assignments_of(const KeyedPlan& plan) {
    std::string list;
    for (const Assignment& assignment : plan.assignments) {
        list.append(list.empty() ? " SET " : ", ");
        list.append(assignment.column).append(" = ").append(value_of(assignment));
    }
    return list;
}

std::string returning_of(const KeyedPlan& plan) {
    const std::string columns = plan.columns;
    return columns.empty() ? columns : " RETURNING " + columns;
}

std::string on_conflict_of(const KeyedPlan& plan) {
    if (!plan.unless_there) {
        return {};
    }
    const std::string columns = plan.keys;
    return " ON CONFLICT " + (columns.empty() ? columns : "(" + columns + ") ") + "DO NOTHING";
}

std::size_t count_of(std::string_view names) {
    std::size_t count = 0;
    while (!next_name(names).empty()) {
        ++count;
    }
    return count;
}

// As many parameters as there are names.
std::string parameters_for(std::string_view names) {
    std::string list;
    const std::size_t count = count_of(names);
    for (std::size_t number = 1; number <= count; ++number) {
        list.append(number == 1 ? "" : ", ").append(parameter(number));
    }
    return list;
}

}  // namespace

std::string_view next_name(std::string_view& list) noexcept {
    const std::string_view separator = ", ";
    const std::size_t end = list.find(separator);
    const std::string_view name = list.substr(0, end);
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + separator.size());
    return name;
}

std::string sql_of(const KeyedPlan& plan) {
    const std::string table = std::string(plan.schema) + "." + plan.table;
    const std::string columns = plan.columns;
    switch (plan.kind) {
        case Kind::select:
            return "SELECT " + columns + " FROM " + table + condition_of(plan);
        case Kind::lock:
            return "SELECT " + columns + " FROM " + table + condition_of(plan) +
                   " FOR NO KEY UPDATE";
        case Kind::update:
            return "UPDATE " + table + assignments_of(plan) + condition_of(plan) +
                   returning_of(plan);
        case Kind::insert:
            return "INSERT INTO " + table + " (" + plan.given + ") VALUES (" +
                   parameters_for(plan.given) + ")" + on_conflict_of(plan) + returning_of(plan);
        case Kind::remove:
            break;
    }
    return "DELETE FROM " + table + condition_of(plan);
}

Statement& KeyedStatement::as_sql() {
    if (!statement_) {
        text_ = sql_of(plan_);
        statement_.emplace(text_.c_str());
    }
    return *statement_;
}

Rows KeyedStatement::run(std::initializer_list<Argument> arguments, Access access,
                         const RowPlace& place) {
    const std::span given(arguments.begin(), arguments.size());
    if (settings::direct_access()) {
        if (const auto rows = run_directly(plan_, table_, given, access, place)) {
            return *rows;
        }
    }
    return as_sql().run(given, access);
}

void KeyedStatement::insert_all(std::span<const Argument> arguments) {
    if (arguments.empty() ||
        (settings::direct_access() && run_directly(plan_, table_, arguments, Access::write, {}))) {
        return;
    }
    const std::size_t columns = count_of(plan_.given);
    for (; !arguments.empty(); arguments = arguments.subspan(columns)) {
        (void)as_sql().run(arguments.first(columns));
    }
}

}  // namespace cart::pg
