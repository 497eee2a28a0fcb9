// The repository of cart.links: secrets that bring a cart to whoever has them, once.
#pragma once

#include <optional>
#include <string_view>

#include "pg/spi.hpp"
#include "store/carts.hpp"

namespace cart::store {

struct Link {
    pg::Uuid cart_id;
    TimestampTz expires_at;
    std::optional<TimestampTz> opened_at;
    const Jsonb* report;  // what opening it did; nullptr: it has not been opened
};

namespace links {

// The secret is stored as its SHA-256, and so is looked for.
using LinkHash = core::port::Sha256Digest;

void create(std::string_view tenant, const LinkHash& hash, const pg::Uuid& cart,
            TimestampTz expires_at, const Circumstances& now);

// The link, and with lock() locked: of two that open it, the second finds it opened.
[[nodiscard]] std::optional<Link> find(std::string_view tenant, const LinkHash& hash);
[[nodiscard]] std::optional<Link> lock(std::string_view tenant, const LinkHash& hash);

// It has been opened, and cannot be again.
void set_opened(std::string_view tenant, const LinkHash& hash, const Jsonb* report,
                const Circumstances& now);

}  // namespace links

}  // namespace cart::store
