#include "journal/checksum.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace blitzen::journal {

std::uint64_t checksum(std::initializer_list<std::uint64_t> numbers, std::span<const std::byte> content) {
  const std::uint64_t of_numbers = XXH3_64bits(numbers.begin(), numbers.size() * sizeof(std::uint64_t));
  return XXH3_64bits_withSeed(content.data(), content.size(), of_numbers);
}

}  // namespace blitzen::journal
