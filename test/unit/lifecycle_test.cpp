#include "core/lifecycle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <tuple>
#include <vector>

namespace {

using cart::core::may_become;
using cart::core::read_status;
using cart::core::Status;
using cart::core::transitions;

constexpr std::array all = {Status::active,  Status::held,   Status::checkout,
                            Status::ordered, Status::merged, Status::abandoned};

TEST(Status, HasANameThatReadsBack) {
    for (const Status status : all) {
        EXPECT_EQ(read_status(name_of(status)), status);
    }
    for (const char* text : {"", "Active", "active ", "open"}) {
        EXPECT_EQ(read_status(text), std::nullopt) << text;
    }
}

TEST(Transitions, AreAllowedAndNoOthersAre) {
    for (const Status from : all) {
        for (const Status to : all) {
            bool listed = from == to;
            for (const auto& transition : transitions()) {
                listed = listed || (transition.from == from && transition.to == to);
            }
            EXPECT_EQ(may_become(from, to), listed) << name_of(from) << " " << name_of(to);
        }
    }
}

TEST(Transitions, LeadNowhereFromAnOrder) {
    for (const Status to : all) {
        EXPECT_EQ(may_become(Status::ordered, to), to == Status::ordered) << name_of(to);
    }
}

TEST(Transitions, AreListedOnceAndSayWhoseTheyAre) {
    for (const auto& a : transitions()) {
        EXPECT_FALSE(a.by.empty());
        EXPECT_NE(a.from, a.to);
        int same = 0;
        for (const auto& b : transitions()) {
            same += a.from == b.from && a.to == b.to ? 1 : 0;
        }
        EXPECT_EQ(same, 1) << name_of(a.from) << " " << name_of(a.to);
    }
}

// Every cart can still come to an end, and only open ones change their lines.
TEST(Transitions, LeadBackToActiveOrOn) {
    EXPECT_TRUE(is_open(Status::active));
    for (const Status from : {Status::held, Status::checkout, Status::merged, Status::abandoned}) {
        EXPECT_TRUE(may_become(from, Status::active)) << name_of(from);
        EXPECT_FALSE(is_open(from)) << name_of(from);
    }
}

// ---- doc/lifecycle.dot and doc/lifecycle.svg, which dev/picture draws from it

std::string read_file(const std::string& name) {
    std::ifstream file(std::string(CART_SOURCE_DIR) + "/" + name);
    EXPECT_TRUE(file.is_open()) << name;
    return {std::istreambuf_iterator<char>(file), {}};
}

// The matches point into the text.
std::vector<std::smatch> matches_of(const std::string& text, const char* pattern) {
    const std::regex expression(pattern);
    return {std::sregex_iterator(text.begin(), text.end(), expression), {}};
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (std::size_t at = text.find(what); at != std::string::npos;
         at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
    return text;
}

using Edge = std::tuple<std::string, std::string, std::string>;  // from, to, label

struct Picture {
    std::vector<std::string> nodes;
    std::vector<Edge> edges;
};

template <typename Value>
std::vector<Value> sorted(std::vector<Value> values) {
    std::ranges::sort(values);
    return values;
}

// What core says.
Picture the_table() {
    Picture table;
    for (const Status status : all) {
        table.nodes.emplace_back(name_of(status));
    }
    for (const auto& transition : transitions()) {
        table.edges.emplace_back(name_of(transition.from), name_of(transition.to), transition.by);
    }
    return table;
}

// A statement a line. Where a label is wrapped, there was a space.
Picture read_dot(const std::string& text) {
    Picture picture;
    for (const auto& node : matches_of(text, R"(\n    (\w+)(?: \[[^\]]*\])?(?=\n))")) {
        if (node[1] != "graph" && node[1] != "node" && node[1] != "edge") {
            picture.nodes.push_back(node[1]);
        }
    }
    for (const auto& edge : matches_of(text, R"re((\w+) -> (\w+) \[label="([^"]*)"\])re")) {
        picture.edges.emplace_back(edge[1], edge[2], replaced(edge[3], "\\n", " "));
    }
    EXPECT_EQ(picture.edges.size(), matches_of(text, "->").size()) << "an edge without a label";
    return picture;
}

// A group for each node and edge: its title, its lines, and its label in as many texts as lines.
Picture read_svg(const std::string& text) {
    Picture picture;
    for (const auto& group :
         matches_of(text, R"re(<g id="\w+" class="(node|edge)">([\s\S]*?)</g>)re")) {
        const std::string inside = replaced(replaced(group[2], "&#45;", "-"), "&gt;", ">");
        std::string label;
        for (const auto& line : matches_of(inside, R"(<text[^>]*>([^<]*)</text>)")) {
            label += (label.empty() ? "" : " ") + line[1].str();
        }
        const auto titles = matches_of(inside, R"(<title>(\w+)(?:->(\w+))?</title>)");
        if (titles.size() != 1) {
            ADD_FAILURE() << "no title in " << inside;
        } else if (group[1] == "edge") {
            picture.edges.emplace_back(titles[0][1], titles[0][2], label);
        } else {
            EXPECT_EQ(titles[0][1], label);
            picture.nodes.push_back(label);
        }
    }
    return picture;
}

constexpr const char* how_to_draw =
    "The picture shows another table than src/core/lifecycle.cpp: change doc/lifecycle.dot, and "
    "run "
    "dev/picture.";

TEST(LifecyclePicture, IsWrittenAsTheTableIs) {
    const Picture dot = read_dot(read_file("doc/lifecycle.dot"));
    EXPECT_EQ(sorted(dot.nodes), sorted(the_table().nodes)) << how_to_draw;
    EXPECT_EQ(sorted(dot.edges), sorted(the_table().edges)) << how_to_draw;
}

TEST(LifecyclePicture, IsDrawnAsTheTableIs) {
    const Picture svg = read_svg(read_file("doc/lifecycle.svg"));
    EXPECT_EQ(sorted(svg.nodes), sorted(the_table().nodes)) << how_to_draw;
    EXPECT_EQ(sorted(svg.edges), sorted(the_table().edges)) << how_to_draw;
}

}  // namespace
