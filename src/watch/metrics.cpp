#include "watch/metrics.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "watch/counters.hpp"
#include "watch/notifier.hpp"

namespace cart::watch {

namespace {

// As OpenMetrics writes numbers that may have a fraction: "0.5", "1.0", "1e-05".
std::string decimal(double value) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
    std::string text(digits.begin(), end);
    if (text.find_first_of(".e") == std::string::npos) {
        text += ".0";
    }
    return text;
}

std::string seconds(double nanoseconds) { return decimal(nanoseconds / 1e9); }

// Since 1970, as Prometheus counts; 0 stays 0.
std::string unix_seconds(TimestampTz time) {
    constexpr std::int64_t between_epochs =
        std::int64_t{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * SECS_PER_DAY;
    return time == 0 ? "0.0" : decimal(static_cast<double>(time) / 1e6 + double{between_epochs});
}

// The bounds that are given out: three a decade, from 10 µs to 10 s.
std::vector<std::size_t> shown_bounds() {
    constexpr std::array<std::size_t, 3> steps = {0, 4, 7};  // 1, 2.5, 5
    constexpr std::size_t first = 1;
    constexpr std::size_t last = 7;
    std::vector<std::size_t> shown;
    for (std::size_t decade = first; decade < last; ++decade) {
        for (const std::size_t step : steps) {
            shown.push_back(decade * core::bounds_a_decade + step);
        }
    }
    shown.push_back(last * core::bounds_a_decade);
    return shown;
}

class Text {
  public:
    void family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        line({"# HELP ", name, " ", help});
        line({"# TYPE ", name, " ", type});
    }
    // A sample of the family: its name's ending, its labels, its value.
    void sample(std::string_view ending, std::string_view labels, std::string_view value) {
        line(
            {name_, ending, labels.empty() ? "" : "{", labels, labels.empty() ? " " : "} ", value});
    }
    void summary(std::string_view labels, std::uint64_t times, std::uint64_t amount) {
        sample("_count", labels, std::to_string(times));
        sample("_sum", labels, std::to_string(amount));
    }
    std::string finish() {
        line({"# EOF"});
        return std::move(text_);
    }

  private:
    void line(std::initializer_list<std::string_view> parts) {
        for (const std::string_view part : parts) {
            text_ += part;
        }
        text_ += '\n';
    }

    std::string text_;
    std::string name_;
};

std::string label(std::string_view name, std::string_view value) {
    return std::string(name).append("=\"").append(value).append("\"");
}

// In the order of their names.
std::vector<const pg::Operation*> operations() {
    std::vector<const pg::Operation*> all;
    for (const auto* operation = pg::Operation::first(); operation != nullptr;
         operation = operation->next()) {
        all.push_back(operation);
    }
    std::ranges::sort(all, {}, [](const pg::Operation* operation) {
        return std::string_view(operation->name());
    });
    return all;
}

void write_durations(Text& text, const std::string& labels, const core::DurationCounts& counts,
                     std::uint64_t nanoseconds) {
    static const std::vector<std::size_t> shown = shown_bounds();
    const auto bounds = core::bounds_of_durations();
    std::uint64_t below = 0;
    std::size_t bucket = 0;
    for (const std::size_t bound : shown) {
        for (; bucket <= bound; ++bucket) {
            below += counts.at(bucket);
        }
        const std::string le = label("le", seconds(static_cast<double>(bounds[bound])));
        text.sample("_bucket", labels + "," + le, std::to_string(below));
    }
    const std::string all = std::to_string(core::total_of(counts));
    text.sample("_bucket", labels + "," + label("le", "+Inf"), all);
    text.sample("_count", labels, all);
    text.sample("_sum", labels, seconds(static_cast<double>(nanoseconds)));
}

// What every shop has is there from the beginning: a rate needs a first value.
bool is_shown(const CallCounts& counts, Outcome outcome) {
    return counts.calls() > 0 &&
           (outcome == Outcome::ok || outcome == Outcome::failed || counts.calls(outcome) > 0);
}

void write_calls(Text& text) {
    text.family("cart_call_duration_seconds", "histogram",
                "Calls of the SQL functions, by how long they took and how they ended.");
    for (const pg::Operation* operation : operations()) {
        const CallCounts counts = calls_of(*operation);
        for (std::size_t i = 0; i < outcomes; ++i) {
            const auto outcome = static_cast<Outcome>(i);
            if (is_shown(counts, outcome)) {
                write_durations(text,
                                label("operation", operation->name()) + "," +
                                    label("outcome", name_of(outcome)),
                                counts.durations.at(i), counts.nanoseconds.at(i));
            }
        }
    }
    text.family("cart_call_longest_seconds", "gauge", "The longest call since the last reset.");
    for (const pg::Operation* operation : operations()) {
        const CallCounts counts = calls_of(*operation);
        if (counts.calls() > 0) {
            text.sample("", label("operation", operation->name()),
                        seconds(static_cast<double>(counts.longest)));
        }
    }
}

std::uint64_t failed_merges() {
    for (const pg::Operation* operation : operations()) {
        if (std::string_view(operation->name()) == "cart_merge") {
            const CallCounts counts = calls_of(*operation);
            return counts.calls() - counts.calls(Outcome::ok);
        }
    }
    return 0;
}

struct Labelled {
    Tally tally;
    std::string_view value;
};

void write_tallies(Text& text, std::string_view name, std::span<const Labelled> all) {
    for (const Labelled& one : all) {
        const TallyCounts counts = count_of(one.tally);
        text.summary(label(name, one.value), counts.times, counts.amount);
    }
}

void write_merges(Text& text) {
    const TallyCounts merged = count_of(Tally::lines_merged);
    const TallyCounts nothing = count_of(Tally::merge_nothing);
    text.family("cart_merges", "summary",
                "Calls of cart_merge by what became of them, and the lines that they brought.");
    text.summary(label("outcome", "merged"), merged.times, merged.amount);
    text.summary(label("outcome", "nothing"), nothing.times, nothing.amount);
    text.summary(label("outcome", "failed"), failed_merges(), 0);
    constexpr std::array<Labelled, 3> actions = {{{Tally::lines_merged, "merged"},
                                                  {Tally::lines_clamped, "clamped"},
                                                  {Tally::lines_dropped, "dropped"}}};
    text.family("cart_merged_lines", "summary",
                "Merges, and the lines in them that were merged, clamped by a limit, or dropped.");
    write_tallies(text, "action", actions);
}

void write_reconciled(Text& text) {
    constexpr std::array<Labelled, 5> kinds = {
        {{Tally::reconciled_carts_merged, "carts_merged"},
         {Tally::reconciled_lines_merged, "lines_merged"},
         {Tally::reconciled_lines_rekeyed, "lines_rekeyed"},
         {Tally::reconciled_lines_repriced, "lines_repriced"},
         {Tally::reconciled_lines_dropped, "lines_dropped"}}};
    text.family("cart_reconciled", "summary",
                "Owners whose carts were reconciled, and what was amiss in them.");
    write_tallies(text, "kind", kinds);
}

void write_swept(Text& text) {
    constexpr std::array<Labelled, 6> kinds = {
        {{Tally::swept_abandoned, "abandoned"},
         {Tally::swept_holds_expired, "holds_expired"},
         {Tally::swept_checkouts_returned, "checkouts_returned"},
         {Tally::swept_purged, "purged"},
         {Tally::swept_requests_purged, "requests_purged"},
         {Tally::swept_passed_over, "passed_over"}}};
    text.family("cart_swept", "summary", "Passes of the sweep, and what they did.");
    write_tallies(text, "kind", kinds);
    text.family("cart_sweep_last_timestamp_seconds", "gauge",
                "When the last pass of the sweep began that came to its end; 0: there was none.");
    text.sample("", "", unix_seconds(last_sweep()));
}

void write_feed(Text& text) {
    const notifier::Counts counts = notifier::counts();
    text.family("cart_deferred_events", "summary",
                "Events that were notified after their commits, and those that found no room.");
    text.summary(label("outcome", "told"), counts.told, counts.told);
    text.summary(label("outcome", "lost"), counts.lost, counts.lost);
}

}  // namespace

std::string metrics() {
    Text text;
    write_calls(text);
    write_merges(text);
    write_reconciled(text);
    write_swept(text);
    write_feed(text);
    text.family("cart_shared", "gauge",
                "1: counted over the whole server; 0: in this session alone.");
    text.sample("", "", is_shared() ? "1" : "0");
    text.family("cart_stat_reset_timestamp_seconds", "gauge",
                "When cart_stat_reset() was called last; 0: never.");
    text.sample("", "", unix_seconds(last_reset()));
    return text.finish();
}

}  // namespace cart::watch
