// Tells AddressSanitizer, where it is there, which bytes of our own allocators may be used.
#pragma once

#include <cstddef>
#include <span>

#if defined(__SANITIZE_ADDRESS__)
#define BLITZEN_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BLITZEN_ADDRESS_SANITIZER
#endif
#endif

#ifdef BLITZEN_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace blitzen::base {

inline void poison([[maybe_unused]] std::span<const std::byte> bytes) noexcept {
#ifdef BLITZEN_ADDRESS_SANITIZER
  ASAN_POISON_MEMORY_REGION(bytes.data(), bytes.size());
#endif
}

inline void unpoison([[maybe_unused]] std::span<const std::byte> bytes) noexcept {
#ifdef BLITZEN_ADDRESS_SANITIZER
  ASAN_UNPOISON_MEMORY_REGION(bytes.data(), bytes.size());
#endif
}

}  // namespace blitzen::base
