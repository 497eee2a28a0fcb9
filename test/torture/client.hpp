// One client: a thread that makes random calls, and keeps a log of all that it did and was told.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "torture/board.hpp"
#include "torture/call.hpp"
#include "torture/connection.hpp"

namespace cart::torture {

// What all clients of a stage have in common.
struct Scene {
    const Catalogue& catalogue;
    // First those that all clients use, then the private ones, client by client.
    std::vector<Owner> owners = {};
    int shared_owners = 0;
    int private_owners = 0;     // of each client
    std::set<Kind> kinds = {};  // which calls
    bool has_kills = false;     // the server is killed meanwhile: every writing call has a key
    std::uint64_t seed = 0;
    Clock::time_point end = {};
    std::shared_ptr<Board> board = std::make_shared<Board>();  // of the owners that all use

    [[nodiscard]] bool makes(Kind kind) const { return kinds.contains(kind); }
};

// What a transaction of several calls did, in order.
struct Step {
    enum class Do : unsigned char { call, savepoint, rollback_to };
    Do what = Do::call;
    int call = -1;  // its number
};
struct Transaction {
    enum class Outcome : unsigned char { committed, rolled_back, unknown };
    int owner = -1;
    std::vector<Step> steps = {};
    std::optional<std::size_t> savepoint = {};  // its place among the steps
    Outcome outcome = Outcome::unknown;
};

// Two calls with one key at the same time.
struct Pair {
    int first = -1;
    int second = -1;
};

struct Log {
    std::vector<Call> calls = {};
    std::vector<Transaction> transactions = {};
    std::vector<Pair> pairs = {};
    int reconnects = 0;
    int retries = 0;
    std::string failure = {};  // why the client gave up
};

class Client {
  public:
    Client(const Scene& scene, int number);

    // Works until the scene's end. Throws nothing: see Log::failure.
    void work();
    [[nodiscard]] Log& log() { return log_; }

  private:
    using Random = std::mt19937_64;

    // Choosing: choices.cpp
    int below(int limit);
    bool chance(int percent);
    int choose_owner();
    int choose_other(int owner);
    int choose_identity();
    Kind choose_kind();
    GivenItem random_item();
    Amount random_quantity();
    Operation random_operation(Kind kind);
    Operation random_update();
    Operation random_set();
    Operation random_apply();
    Operation random_step();
    Call random_call();
    void choose_login(Call& call);
    void choose_once(Call& call);
    std::string new_key();

    // Carts that are set aside, and which of them to take: moves.cpp
    Board& board_of(int owner);
    std::string random_order_ref();
    std::optional<Offer> take_offer(Call& call);
    std::optional<Offer> own_offer(int owner);
    void name_cart(Call& call, const Offer& offer);
    void choose_hold(Call& call);
    void choose_checkout(Call& call);
    bool choose_offer(Call& call);
    void choose_move(Call& call);
    int choose_rival(int owner);
    void duel();
    void post(int owner, Shelf shelf, const Etag& at, const std::string& link = {});
    void post_written(const Call& call);
    void learn_bases(const Call& call);
    void learn_move(const Call& call);

    // Doing: client.cpp
    void turn();
    int run(Call call, Connection& connection);
    int run_alone(Call call);
    void prepare(Call& call);
    int run_both(Call first, Call second);
    void run_twice_at_once();
    void repeat_earlier();
    void misuse_key();
    void follow_merge(const Call& merge);
    void undo_merge(const Call& merge);
    void after_merge(const Call& merge);
    void retry(int number);
    void hang_up();
    void reconnect(Connection& connection);
    void set_up(Connection& connection);

    // Transactions of several calls: transaction.cpp
    bool run_in_transaction(Transaction& transaction, bool is_dirty);
    [[nodiscard]] bool has_changed(const Transaction& transaction) const;
    void set_savepoint(Transaction& transaction);
    void roll_back_to_savepoint(Transaction& transaction);
    bool take_step(Transaction& transaction);
    void run_transaction();
    void undo_since(Transaction& transaction, std::size_t first);
    void end_transaction(Transaction transaction);

    // Remembering
    int keep(Call call);
    void learn(const Call& call);
    void learn_key(const Call& call);
    void learn_cart(const Call& call);
    void forget(const Call& call);
    void come_back();

    const Scene& scene_;
    int number_;
    Random random_;
    bool is_brief_;  // return_cart = off
    Connection connection_ = Connection(Connection::Patiently());
    Connection second_ = Connection(Connection::Patiently());
    Log log_;
    int keys_ = 0;
    int marks_ = 0;
    Board own_board_;  // of the private owners

    std::map<int, std::vector<Etag>> seen_;         // of each owner, in order
    std::map<int, std::optional<Etag>> base_;       // of each private owner
    std::map<int, Amount> totals_;                  // of each owner's cart, when last seen
    std::vector<int> repeatable_;                   // calls with a key that have been made
    std::map<int, std::vector<int>> guests_calls_;  // such calls, by guest
    std::vector<std::string> carts_;                // ids seen
};

}  // namespace cart::torture
