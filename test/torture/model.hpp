// What a cart must be after each call: the contract's rules once more, in the plainest way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "torture/amount.hpp"
#include "torture/catalogue.hpp"
#include "torture/kind.hpp"
#include "torture/text.hpp"

namespace cart::torture {

// A user or a guest session of a tenant. Owners are named by their place among all.
struct Owner {
    std::string tenant;
    std::string user;   // empty: a guest
    std::string token;  // of a guest
    int client = -1;    // the one client that uses it; -1: all do

    [[nodiscard]] bool is_user() const { return !user.empty(); }
    [[nodiscard]] bool is_private() const { return client >= 0; }
};

struct Line {
    int identity = -1;
    Amount quantity = 0;
    Amount price = absent;
    Text members = {};  // all others, as JSON
    bool operator==(const Line&) const = default;
};

// What a cart's document shows of it.
struct Content {
    Text user = {};
    Text status = Text("active");
    Text currency = {};
    Text label = {};
    Text order_ref = {};
    Text metadata = Text("{}");
    std::vector<Line> lines = {};
    bool operator==(const Content&) const = default;
};

// What checkout froze.
struct Draft {
    std::vector<Line> lines = {};  // by identity: their order does not count
    Text currency = {};
    Amount total = 0;
};

struct Cart {
    bool exists = false;
    int owner = -1;
    Text merged_into = {};
    Content content = {};
    std::optional<Draft> draft = {};  // of the last checkout
};

// A member of `changes`: left alone, set, or removed.
struct Member {
    enum class Do : unsigned char { leave, set, remove };
    Do what = Do::leave;
    std::string value = {};
};

// What a call shall do, apart from whose cart it is.
struct Operation {
    Kind kind = Kind::get;
    std::vector<GivenItem> items = {};  // add, add_items
    bool has_own_quantity = false;      // add: the quantity is an argument of its own
    int identity = -1;                  // update, remove: of the line
    Amount quantity = absent;           // update
    int new_identity = -1;              // update: what the line becomes
    int new_spelling = 0;
    Member note = {};                        // update
    Member price = {};                       // update
    Member currency = {};                    // set
    Member label = {};                       // set
    Member metadata = {};                    // set: a JSON object
    std::vector<Operation> operations = {};  // apply
    int guest = -1;                          // merge: the session's owner
    std::string strategy = {};               // merge
    std::string cart = {};                   // unmerge: the source; else: the cart named
    bool names_no_owner = false;             // of a call that moves the cart it names
    std::string new_label = {};              // hold
    std::string if_active = {};              // resume
    std::string order_ref = {};              // checkout, complete
    Amount expected_total = absent;          // checkout
    std::string link = {};                   // link_open: the secret
};

// `maybe`: the cart is the same again, after something was done to it.
enum class Effect : unsigned char { none, maybe, changed };

struct Applied {
    Effect effect = Effect::none;
    std::string refusal = {};  // the SQLSTATE
};

// Does it to the cart, which comes to exist where the call makes one. After a refusal the cart is
// worthless. Not for merges, unmerges, links and calls that write nothing.
[[nodiscard]] Applied apply(Cart& cart, const Operation& operation, const Catalogue& catalogue);

// A merge's strategy, the default one where it names none.
[[nodiscard]] std::string strategy_of(const Operation& merge);

// The target's content after the merge of the source's into it.
void merge_into(Content& target, const Content& source, const std::string& strategy);

[[nodiscard]] const Line* find_line(const Content& content, int identity);

// In thousandths, half up to hundredths: our currencies have two digits.
[[nodiscard]] Amount subtotal_of(const Line& line);
// Nothing of ours has a discount or a tax.
[[nodiscard]] Amount total_of(const Content& content);

// Where the two differ, for people.
[[nodiscard]] std::string difference(const Content& expected, const Content& found);

}  // namespace cart::torture
