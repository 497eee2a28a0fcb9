#include "torture/text.hpp"

#include <deque>
#include <mutex>
#include <unordered_map>

namespace cart::torture {

namespace {

struct Pool {
    std::mutex mutex;
    std::deque<std::string> texts = {""};  // a deque never moves what it holds
    std::unordered_map<std::string_view, std::uint32_t> numbers;

    static Pool& the() {
        static Pool pool;
        return pool;
    }
};

}  // namespace

Text::Text(std::string_view text) {
    if (text.empty()) {
        return;
    }
    Pool& pool = Pool::the();
    const std::scoped_lock lock(pool.mutex);
    const auto found = pool.numbers.find(text);
    if (found != pool.numbers.end()) {
        number_ = found->second;
        return;
    }
    number_ = static_cast<std::uint32_t>(pool.texts.size());
    pool.numbers.emplace(pool.texts.emplace_back(text), number_);
}

const std::string& Text::str() const {
    Pool& pool = Pool::the();
    const std::scoped_lock lock(pool.mutex);
    return pool.texts[number_];
}

}  // namespace cart::torture
