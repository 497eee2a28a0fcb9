// The headers from outside that most sources include, and that take most of the time: read once by
// the Makefile and by CMake. No source may rely on it: each includes what it uses, and builds with
// PRECOMPILE=0, too.
#include <algorithm>
#include <array>
#include <boost/multiprecision/cpp_int.hpp>
#include <functional>
#include <map>
#include <memory_resource>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>
