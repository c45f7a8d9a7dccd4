// What frames are filled with: content that compresses well, and content that does not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace blitzen::net {

[[nodiscard]] inline std::vector<std::byte> noise(std::size_t size, std::uint32_t seed) {
  std::mt19937 random{seed};
  std::vector<std::byte> bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

/// Letters out of few, in random order.
[[nodiscard]] inline std::vector<std::byte> text_like(std::size_t size, std::uint32_t seed) {
  std::mt19937 random{seed};
  std::vector<std::byte> bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::byte>('a' + random() % 12);
  return bytes;
}

}  // namespace blitzen::net
