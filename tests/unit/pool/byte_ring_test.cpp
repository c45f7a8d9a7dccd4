#include "pool/byte_ring.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <random>
#include <vector>

namespace blitzen::pool {

TEST_CASE("records of random sizes come out of a byte ring as they went in") {
  const auto seed = GENERATE(1U, 2U, 3U, 4U);
  CAPTURE(seed);
  std::mt19937 random{seed};
  std::vector<std::byte> memory(1024);
  const ByteRing ring{memory.data(), memory.size()};
  struct Record {
    std::uint32_t bytes;
    std::byte fill;
  };
  std::deque<Record> model;
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  for (int step = 0; step < 20'000; ++step) {
    if (random() % 2 == 0) {
      const auto bytes = static_cast<std::uint32_t>(record_bytes(8, random() % 300));
      const auto place = ring.place(head, tail, bytes);
      if (!place) continue;
      REQUIRE(place->end - head <= memory.size());
      ring.write_size(place->begin, bytes);
      const auto fill = static_cast<std::byte>(step);
      std::fill_n(ring.at(place->begin) + 4, bytes - 4, fill);
      tail = place->end;
      model.push_back({bytes, fill});
    } else if (!model.empty()) {
      const std::uint64_t begin = ring.record_at(head);
      std::uint32_t bytes = 0;
      std::memcpy(&bytes, ring.at(begin), sizeof bytes);
      REQUIRE(bytes == model.front().bytes);
      REQUIRE(std::all_of(ring.at(begin) + 4, ring.at(begin) + bytes,
                          [&](std::byte byte) { return byte == model.front().fill; }));
      head = begin + bytes;
      model.pop_front();
    }
  }
}

TEST_CASE("a record that is larger than the ring has no place") {
  std::vector<std::byte> memory(64);
  const ByteRing ring{memory.data(), memory.size()};
  CHECK(ring.place(0, 0, 64));
  CHECK_FALSE(ring.place(0, 0, 72));
  CHECK_FALSE(ring.place(0, 8, 64));
}

}  // namespace blitzen::pool
