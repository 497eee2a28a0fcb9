#include "torture/connection.hpp"

#include <chrono>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace cart::torture {

namespace {

struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Clear>;

std::string field(const PGresult* result, int code) {
    const char* text = PQresultErrorField(result, code);
    return text == nullptr ? "" : text;
}

Rows rows_of(const PGresult* result) {
    Rows rows(PQntuples(result));
    for (int row = 0; row < PQntuples(result); ++row) {
        for (int column = 0; column < PQnfields(result); ++column) {
            rows[row].push_back(PQgetisnull(result, row, column) != 0
                                    ? std::nullopt
                                    : std::optional<std::string>(std::in_place,
                                                                 PQgetvalue(result, row, column),
                                                                 PQgetlength(result, row, column)));
        }
    }
    return rows;
}

// The server ends, or a part of it crashed: all connections go.
bool is_farewell(std::string_view sqlstate) {
    return sqlstate.empty() || sqlstate.starts_with("57P") || sqlstate.starts_with("08");
}

Reply reply_of(const PGresult* result) {
    const auto status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        return {.outcome = Reply::Outcome::answered, .rows = rows_of(result)};
    }
    Reply reply{.outcome = Reply::Outcome::refused,
                .rows = {},
                .sqlstate = field(result, PG_DIAG_SQLSTATE),
                .message = field(result, PG_DIAG_MESSAGE_PRIMARY),
                .detail = field(result, PG_DIAG_MESSAGE_DETAIL)};
    if (is_farewell(reply.sqlstate)) {
        reply.outcome = Reply::Outcome::lost;
    }
    return reply;
}

}  // namespace

void Connection::send(const Statement& statement) {
    std::vector<const char*> values;
    values.reserve(statement.arguments.size());
    for (const auto& argument : statement.arguments) {
        values.push_back(argument ? argument->c_str() : nullptr);
    }
    is_sent_ =
        PQsendQueryParams(connection_.get(), statement.sql.c_str(), static_cast<int>(values.size()),
                          nullptr, values.data(), nullptr, nullptr, 0) == 1;
}

Reply Connection::receive() {
    Reply reply;
    if (!is_sent_) {
        return reply;
    }
    bool has_reply = false;
    while (const Result result{PQgetResult(connection_.get())}) {
        if (!has_reply) {
            reply = reply_of(result.get());
            has_reply = true;
        }
    }
    // What was answered counts, even where the connection dies right after.
    if (reply.outcome == Reply::Outcome::lost) {
        connection_.reset();
    }
    return reply;
}

Rows Connection::rows(const Statement& statement) {
    Reply reply = run(statement);
    if (reply.outcome != Reply::Outcome::answered) {
        throw std::runtime_error("\"" + statement.sql + "\" failed: " + reply.message);
    }
    return std::move(reply.rows);
}

bool Connection::try_connect() {
    connection_.reset(PQconnectdb("client_encoding=UTF8"));
    // That a server dies is told by the reply.
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
    return is_alive();
}

void Connection::connect() {
    if (!try_connect()) {
        throw std::runtime_error(PQerrorMessage(connection_.get()));
    }
}

void Connection::reconnect() {
    using namespace std::chrono_literals;
    constexpr int most_turns = 6000;
    for (int turn = 0; turn < most_turns; ++turn) {
        if (try_connect()) {
            return;
        }
        std::this_thread::sleep_for(50ms);
    }
    throw std::runtime_error("the server has not come back");
}

}  // namespace cart::torture
