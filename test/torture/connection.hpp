// A connection to the server, over libpq.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cart::torture {

struct Statement {
    std::string sql;
    std::vector<std::optional<std::string>> arguments = {};
};

using Rows = std::vector<std::vector<std::optional<std::string>>>;

// What became of a statement. Lost: the connection died, and nobody knows.
struct Reply {
    enum class Outcome : unsigned char { answered, refused, lost };
    Outcome outcome = Outcome::lost;
    Rows rows = {};
    std::string sqlstate = {};
    std::string message = {};
    std::string detail = {};
};

class Connection {
  public:
    // Connects where libpq's environment says. Throws std::runtime_error.
    Connection() { connect(); }
    // The same, where the server may just be starting again.
    struct Patiently {};
    explicit Connection(Patiently /*how*/) { reconnect(); }

    // Sends a statement whose reply receive() waits for: thus two connections work at once.
    void send(const Statement& statement);
    [[nodiscard]] Reply receive();
    Reply run(const Statement& statement) {
        send(statement);
        return receive();
    }
    // For what must succeed. Throws std::runtime_error.
    Rows rows(const Statement& statement);

    // Tries until the server is back. Throws std::runtime_error when it does not come back.
    void reconnect();
    // Goes without waiting for the reply. What was sent will be done all the same, at some time.
    void hang_up() {
        PQflush(connection_.get());
        connection_.reset();
    }
    [[nodiscard]] bool is_alive() const { return PQstatus(connection_.get()) == CONNECTION_OK; }

  private:
    struct Finish {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    bool try_connect();
    void connect();

    std::unique_ptr<PGconn, Finish> connection_;
    bool is_sent_ = false;
};

}  // namespace cart::torture
