// How the triggers know the library's own writes from those of applications.
#pragma once

namespace cart::store {

// For its lifetime, the triggers take what is written as the library's own: complete, checked,
// and with the version already raised.
class OwnWrite {
  public:
    OwnWrite() noexcept { ++depth; }
    ~OwnWrite() { --depth; }
    OwnWrite(const OwnWrite&) = delete;
    OwnWrite& operator=(const OwnWrite&) = delete;

    [[nodiscard]] static bool is_under_way() noexcept { return depth > 0; }

  private:
    static inline int depth = 0;
};

}  // namespace cart::store
