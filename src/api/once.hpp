// What every writing call shares: taking the owner's cart, at most once for one idempotency key,
// and only if it is still the cart that the caller saw.
#pragma once

#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string_view>

#include "api/caller.hpp"
#include "core/port.hpp"
#include "pg/function.hpp"
#include "store/carts.hpp"
#include "store/requests.hpp"
#include "store/rules.hpp"

namespace cart::api {

// The parameters …once of a call; they begin at `first`: idempotency_key, if_match.
struct Once {
    std::optional<std::string_view> idempotency_key;
    std::optional<std::string_view> if_match;
};
[[nodiscard]] Once once_of(const pg::Call& call, int first);

// The arguments of a call that its idempotency key stands for. Without a key nobody asks for them.
class Arguments {
  public:
    Arguments(std::string_view operation, const Once& once)
        : is_asked_for_(once.idempotency_key.has_value()) {
        add(operation);
    }

    Arguments& add(const std::optional<std::string_view>& text);
    Arguments& add(const Jsonb* document);
    [[nodiscard]] store::ShortHash hash() const;

  private:
    bool is_asked_for_;
    std::string parts_;  // each with its length before it
};

// A writing call: whose cart it is, under which rules, when, and how often it may run.
struct Writing {
    pg::Call& call;
    Caller caller;
    store::Owner owner;
    std::shared_ptr<const store::TenantRules> rules;
    store::Circumstances now;
    Once once;
};
// From the parameters …who, which begin at `who`, and …once, which begin at `once`.
[[nodiscard]] Writing writing(pg::Call& call, int who, int once);

// A writing call on its way. Either `made` tells what an earlier call with the same key did, or
// `taken` is the owner's active cart, locked.
struct Begun {
    std::optional<store::MadeRequest> made;
    std::optional<store::carts::Taken> taken;
    std::optional<store::RequestKey> request;
};

// What the call is about to do with the owner's active cart.
enum class Intent : unsigned char {
    change,  // to change it for sure, made where there is none: its version is raised at once
    make,    // to change it, perhaps, made where there is none
    find,    // to change it, perhaps, if there is one; `taken` may come out empty
};

// Begins a call on the owner's active cart. Throws Error(idempotency_key_reused),
// Error(version_conflict).
[[nodiscard]] Begun begin(const Writing& writing, const Arguments& arguments, Intent intent);

// Looks for what a guest did under the same key whose cart has since gone to this user, and makes
// the call a repeat of that. To be asked with the user's cart locked, so that no merge into it is
// under way.
void follow_merge(Begun& begun, const Writing& writing);
void follow_merge(Begun& begun, const store::Owner& owner, const Once& once,
                  const store::TenantRules& rules, const store::Circumstances& now);

// Throws Error(version_conflict) if the caller saw another cart than this; nullptr: no cart.
void check_etag(const store::Cart* cart, const std::optional<std::string_view>& if_match);

// Claims the key alone, for calls that take their carts themselves.
[[nodiscard]] Begun claim(const store::Owner& owner,
                          const std::optional<std::string_view>& idempotency_key,
                          const Arguments& arguments, const store::TenantRules& rules,
                          const store::Circumstances& now);

// Records under the key what the call made. Nothing to do without a key.
void complete(const store::Owner& owner, const Begun& begun, const store::Cart* cart);

}  // namespace cart::api
