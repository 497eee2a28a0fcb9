// cart_torture: many clients at once, and a model that every answer and every row is held against.
//
//   cart_torture [--clients N,...] [--seconds S] [--owners M] [--seed X] [--calls add,merge,...]
//                [--kills] [--self-test | --break-model ASPECT]
//
// Works in the database that libpq's environment names, where cart_ext and its tables are. Each
// number of clients is a stage with tenants of its own. Prints a summary and TAP. Under --kills the
// server may die and come back at any time: see dev/torture, which does that. --break-model breaks
// the record of the run before it is checked (refusal, deadlock, history, answer, order, table,
// owner, key, completion, hold, link, draft), and --self-test does so with each in turn.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <thread>

#include "torture/breaks.hpp"
#include "torture/history.hpp"

using namespace cart::torture;

namespace {

struct Options {
    std::vector<int> clients = {2, 8, 32};
    int seconds = 20;
    int owners = 24;
    std::uint64_t seed = 1;
    std::set<Kind> kinds;
    bool has_kills = false;
    std::string broken;  // what --break-model breaks
    bool has_self_test = false;
};

[[noreturn]] void bad_usage(const std::string& text) {
    std::cerr << "cart_torture: " << text << '\n';
    std::exit(2);
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, ',');) {
        parts.push_back(part);
    }
    return parts;
}

int positive(const std::string& text) {
    if (text.empty() || text.size() > 6 ||
        text.find_first_not_of("0123456789") != std::string::npos || std::stoi(text) == 0) {
        bad_usage("a whole number above 0 is needed, not \"" + text + '"');
    }
    return std::stoi(text);
}

std::set<Kind> kinds_of(const std::string& text) {
    std::set<Kind> chosen;
    for (const std::string& name : split(text)) {
        const auto kind = kind_of(name);
        if (!kind) {
            bad_usage("no such call: " + name);
        }
        chosen.insert(*kind);
    }
    return chosen;
}

std::set<Kind> all_kinds() {
    std::set<Kind> all;
    for (int kind = 0; kind < kinds; ++kind) {
        all.insert(static_cast<Kind>(kind));
    }
    return all;
}

void set_option(Options& options, const std::string& name, const std::string& value) {
    if (name == "--clients") {
        options.clients.clear();
        for (const std::string& number : split(value)) {
            options.clients.push_back(positive(number));
        }
    } else if (name == "--seconds") {
        options.seconds = positive(value);
    } else if (name == "--owners") {
        options.owners = std::max(8, positive(value));
    } else if (name == "--seed") {
        options.seed = static_cast<std::uint64_t>(positive(value));
    } else if (name == "--calls") {
        options.kinds = kinds_of(value);
    } else if (name == "--break-model") {
        options.broken = value;
        if (find_break(value) == nullptr) {
            bad_usage("nothing to break is called " + value);
        }
    } else {
        bad_usage("unknown option " + name);
    }
}

Options read_options(int count, char** words) {
    Options options;
    options.kinds = all_kinds();
    for (int i = 1; i < count; ++i) {
        const std::string name = words[i];
        if (name == "--kills") {
            options.has_kills = true;
        } else if (name == "--self-test") {
            options.has_self_test = true;
        } else if (i + 1 == count) {
            bad_usage(name + " needs a value");
        } else {
            set_option(options, name, words[++i]);
        }
    }
    return options;
}

// ---- a stage

// Two tenants with the same users and the same tokens, which must not meet.
std::vector<std::string> tenants_of(int clients) {
    const std::string name = "stage" + std::to_string(clients);
    return {name + "a", name + "b"};
}

std::string token(std::mt19937_64& random) {
    static constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    while (text.size() < 43) {
        text += digits[random() % digits.size()];
    }
    return text;
}

// Half users, half guests; for each client a user, a guest and another user of its own.
void make_owners(Scene& scene, const Options& options, int clients) {
    std::mt19937_64 random(options.seed);
    const auto tenants = tenants_of(clients);
    scene.shared_owners = (options.owners + 3) / 4 * 4;
    scene.private_owners = 3;
    for (int i = 0; i < scene.shared_owners / 4; ++i) {
        const std::string name = "u" + std::to_string(i);
        const std::string secret = token(random);
        for (const std::string& tenant : tenants) {
            scene.owners.push_back({.tenant = tenant, .user = name, .token = {}});
            scene.owners.push_back({.tenant = tenant, .user = {}, .token = secret});
        }
    }
    for (int client = 0; client < clients; ++client) {
        const std::string name = "own" + std::to_string(client);
        const auto& tenant = tenants[client % 2];
        scene.owners.push_back({.tenant = tenant, .user = name, .token = {}, .client = client});
        scene.owners.push_back(
            {.tenant = tenant, .user = {}, .token = token(random), .client = client});
        scene.owners.push_back(
            {.tenant = tenant, .user = name + "x", .token = {}, .client = client});
    }
}

std::vector<Log> work(const Scene& scene, int clients) {
    std::vector<std::unique_ptr<Client>> all;
    for (int number = 0; number < clients; ++number) {
        all.push_back(std::make_unique<Client>(scene, number));
    }
    std::vector<std::thread> threads;
    for (const auto& client : all) {
        threads.emplace_back([&client] { client->work(); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    std::vector<Log> logs;
    for (const auto& client : all) {
        logs.push_back(std::move(client->log()));
    }
    return logs;
}

// ---- telling

void print_counts(const std::vector<Log>& logs) {
    std::printf("#   %-17s %9s %9s %9s %9s %9s\n", "call", "answered", "replayed", "refused",
                "undone", "lost");
    for (const auto& [kind, counts] : count(logs)) {
        std::printf("#   %-17s %9d %9d %9d %9d %9d\n", name_of(kind), counts.answered,
                    counts.replayed, counts.refused, counts.undone, counts.lost);
    }
}

void print_refusals(const std::vector<Log>& logs) {
    std::map<std::string, int> refusals;
    for (const Log& log : logs) {
        for (const Call& call : log.calls) {
            if (call.outcome == Reply::Outcome::refused) {
                ++refusals[call.sqlstate];
            }
        }
    }
    std::printf("#   refused with:");
    for (const auto& [sqlstate, number] : refusals) {
        std::printf(" %s %d", sqlstate.c_str(), number);
    }
    std::printf("\n");
}

void print_statuses(const History& history) {
    std::map<std::string, int> statuses;
    for (const auto& [id, story] : history.replay().stories()) {
        ++statuses[story.cart.content.status.str()];
    }
    std::printf("#   in the end:");
    for (const auto& [status, number] : statuses) {
        std::printf(" %s %d", status.c_str(), number);
    }
    std::printf("\n");
}

void print_summary(const std::vector<Log>& logs, const History& history, const Options& options) {
    int calls = 0;
    int retries = 0;
    int lost = 0;
    int recovered = 0;
    int transactions = 0;
    int pairs = 0;
    for (const Log& log : logs) {
        calls += static_cast<int>(log.calls.size());
        retries += log.retries;
        transactions += static_cast<int>(log.transactions.size());
        pairs += static_cast<int>(log.pairs.size());
    }
    for (const auto& [kind, counts] : count(logs)) {
        recovered += counts.recovered;
        lost += counts.lost;
    }
    long long versions = 0;
    for (const auto& [id, story] : history.replay().stories()) {
        versions += story.version;
    }
    print_counts(logs);
    print_refusals(logs);
    std::printf(
        "#   %d calls (%.0f a second), %d transactions of several, %d calls twice at once\n", calls,
        static_cast<double>(calls) / options.seconds, transactions, pairs);
    std::printf("#   %zu carts, %lld versions held against the model\n",
                history.replay().stories().size(), versions);
    print_statuses(history);
    std::printf("#   %d calls hung up on or lost, %d of them retried; %d had been made\n", lost,
                retries, recovered);
}

bool print_verdicts(const std::string& title, const Findings& findings) {
    bool is_good = true;
    for (int i = 0; i < aspects; ++i) {
        const auto aspect = static_cast<Aspect>(i);
        const auto& found = findings.of(aspect);
        std::printf("%sok - %s: %s\n", found.count == 0 ? "" : "not ", title.c_str(),
                    name_of(aspect));
        for (const std::string& example : found.examples) {
            std::istringstream lines(example);
            for (std::string line; std::getline(lines, line);) {
                std::printf("# %s\n", line.c_str());
            }
        }
        if (found.count > static_cast<int>(found.examples.size())) {
            std::printf("# … %d findings in all\n", found.count);
        }
        is_good = is_good && found.count == 0;
    }
    std::fflush(stdout);
    return is_good;
}

Scene make_scene(const Options& options, const Catalogue& catalogue, int clients) {
    Scene scene{.catalogue = catalogue,
                .kinds = options.kinds,
                .has_kills = options.has_kills,
                .seed = options.seed};
    make_owners(scene, options, clients);
    return scene;
}

// When even those calls have ended whose clients did not wait for them.
void await_quiet(Connection& server) {
    const char* others =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = current_setting('application_name') AND pid <> pg_backend_pid()";
    while (server.rows({others})[0][0] != "0") {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

Record run_clients(Scene& scene, int clients, int seconds) {
    scene.end = Clock::now() + std::chrono::seconds(seconds);
    Record record{.logs = work(scene, clients), .tables = {}};
    Connection server{Connection::Patiently()};
    await_quiet(server);
    record.tables = read_tables(server, tenants_of(clients), keys_of(record.logs),
                                links_of(record.logs), scene.catalogue);
    return record;
}

std::vector<Text> session_hashes(const Scene& scene) {
    Connection server{Connection::Patiently()};
    std::vector<Text> hashes;
    for (const Owner& owner : scene.owners) {
        hashes.push_back(owner.is_user() ? Text() : hash_of(server, owner.token));
    }
    return hashes;
}

bool run_stage(const Options& options, const Catalogue& catalogue, int clients) {
    const std::string title = std::to_string(clients) + (clients == 1 ? " client" : " clients") +
                              (options.has_kills ? " and kills" : "");
    std::printf("# %s, %d seconds, seed %llu\n", title.c_str(), options.seconds,
                static_cast<unsigned long long>(options.seed));
    std::fflush(stdout);
    Scene scene = make_scene(options, catalogue, clients);
    Record record = run_clients(scene, clients, options.seconds);
    if (const Break* broken = find_break(options.broken)) {
        broken->apply(record);
    }
    const auto hashes = session_hashes(scene);
    History history(scene, record.logs, record.tables, hashes);
    history.check();
    print_summary(record.logs, history, options);
    return print_verdicts(title, history.findings());
}

bool can_be_broken(const Record& record) {
    try {
        for (const Break& each : breaks()) {
            Record broken = record;
            each.apply(broken);
        }
        return true;
    } catch (const NothingToBreak&) {
        return false;
    }
}

struct Run {
    Scene scene;
    Record record;
};

// As short as can be: on a busy machine little happens in two seconds. Each try has its own number
// of clients, and so its own tenants.
Run run_to_be_broken(const Options& options, const Catalogue& catalogue) {
    constexpr int longest = 60;
    int clients = 3;
    for (int seconds = 2;; seconds *= 2, ++clients) {
        Scene scene = make_scene(options, catalogue, clients);
        Record record = run_clients(scene, clients, seconds);
        if (seconds > longest || can_be_broken(record)) {
            return {.scene = std::move(scene), .record = std::move(record)};
        }
    }
}

// One short run, then each aspect of its record is broken in turn, and has to be found.
bool self_test(const Options& options, const Catalogue& catalogue) {
    const auto [scene, record] = run_to_be_broken(options, catalogue);
    const auto hashes = session_hashes(scene);
    const auto findings = [&, &scene = scene](Record broken, Aspect aspect) {
        History history(scene, broken.logs, broken.tables, hashes);
        history.check();
        return history.findings().of(aspect).count;
    };
    bool is_good = true;
    for (const Break& each : breaks()) {
        Record broken = record;
        each.apply(broken);
        const bool is_noticed =
            findings(broken, each.noticed_by) > findings(record, each.noticed_by);
        std::printf("%sok - self-test: a wrong %s is noticed\n", is_noticed ? "" : "not ",
                    each.name);
        is_good = is_good && is_noticed;
    }
    std::fflush(stdout);
    return is_good;
}

Catalogue prepare() {
    Connection server;
    make_notes(server);
    return Catalogue(server);
}

bool run_all(const Options& options) {
    const Catalogue catalogue = prepare();
    if (options.has_self_test) {
        return self_test(options, catalogue);
    }
    bool is_good = true;
    for (const int clients : options.clients) {
        is_good = run_stage(options, catalogue, clients) && is_good;
    }
    return is_good;
}

}  // namespace

int main(int count, char** words) {
    const Options options = read_options(count, words);
    try {
        return run_all(options) ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "cart_torture: " << error.what() << '\n';
        return 2;
    }
}
