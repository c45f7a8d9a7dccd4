#include <cstring>
#include <vector>

#include "apps/bench/floors/measure.hpp"
#include "apps/bench/system/calls.hpp"
#include "blitzen/error.hpp"

namespace blitzen::bench::floors {

double memory_copy() {
  constexpr std::size_t mebibytes = 64;
  constexpr std::size_t copies = 8;
  std::vector<char> from(mebibytes * 1024 * 1024, 1);
  std::vector<char> to(from.size());
  const auto begin = now_ns();
  for (std::size_t i = 0; i < copies; ++i) {
    from[i] = static_cast<char>(i);  // so that no copy can be left out
    std::memcpy(to.data(), from.data(), from.size());
    if (to[i] != from[i]) throw Error(ErrorCode::system, "memcpy does not copy");
  }
  return static_cast<double>(copies * mebibytes) / (static_cast<double>(now_ns() - begin) / 1e9);
}

}  // namespace blitzen::bench::floors
