#include "core/claims.hpp"

#include <algorithm>

namespace cart::core {

namespace {

constexpr std::array<std::string_view, claims_count> names = {"user", "tenant", "location", "till",
                                                              "role"};

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const std::size_t first = text.find_first_not_of(space);
    return first == std::string_view::npos
               ? std::string_view()
               : text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    std::size_t start = 0;
    for (std::size_t end = text.find(separator); end != std::string_view::npos;
         end = text.find(separator, start)) {
        parts.push_back(text.substr(start, end - start));
        start = end + 1;
    }
    parts.push_back(text.substr(start));
    return parts;
}

// Empty where one of its names is.
ClaimPath read_path(std::string_view text) {
    ClaimPath path;
    for (const std::string_view name : split(text, '.')) {
        if (name.empty()) {
            return {};
        }
        path.emplace_back(name);
    }
    return path;
}

}  // namespace

std::optional<ClaimPaths> ClaimPaths::parse(std::string_view text) {
    ClaimPaths paths;
    if (trimmed(text).empty()) {
        return paths;
    }
    for (const std::string_view part : split(text, ',')) {
        const std::size_t equals = part.find('=');
        if (equals == std::string_view::npos) {
            return std::nullopt;
        }
        const auto* const name = std::ranges::find(names, trimmed(part.substr(0, equals)));
        ClaimPath path = read_path(trimmed(part.substr(equals + 1)));
        if (name == names.end() || path.empty()) {
            return std::nullopt;
        }
        ClaimPath& place = paths.paths_.at(static_cast<std::size_t>(name - names.begin()));
        if (!place.empty()) {
            return std::nullopt;
        }
        place = std::move(path);
    }
    return paths;
}

StaffRole read_staff_role(std::string_view name) noexcept {
    if (name == "cashier") {
        return StaffRole::cashier;
    }
    if (name == "manager") {
        return StaffRole::manager;
    }
    return name == "brand" ? StaffRole::brand : StaffRole::none;
}

}  // namespace cart::core
