#include "sample_packets.hpp"

#include <cstring>

namespace blitzen::proto {

BytesView sample_bytes(const char* text) { return std::as_bytes(std::span{text, std::strlen(text)}); }

ImageHash sample_hash() {
  ImageHash hash{};
  for (std::size_t i = 0; i < hash.size(); ++i) hash[i] = static_cast<std::byte>(0xA0 + i);
  return hash;
}

Function sample_function() {
  return {.index = 1,
          .kind = FunctionKind::address,
          .image = sample_hash(),
          .name = "",
          .thunk = {.module = "", .build_id = "abc123", .offset = 0x1000},
          .target = {.module = "libdemo.so", .build_id = "", .offset = 0x2000}};
}

Obituary sample_obituary() {
  return {.host = "lab7",
          .process = 99,
          .signal = 11,
          .exit_status = 0,
          .peak_memory_bytes = 1 << 20,
          .last_lines = "oops\n",
          .note = "its stack overflowed"};
}

}  // namespace blitzen::proto
