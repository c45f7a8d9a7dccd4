#include "net/compression.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "blitzen/proto/archive.hpp"
#include "proto/frame.hpp"
#include "proto/limits.hpp"
#include "sample_content.hpp"

namespace blitzen::net {
namespace {

using Bytes = std::vector<std::byte>;

/// As it travels; empty when it would travel as it is.
Bytes compressed(const Bytes& content) {
  FrameCompressor compressor;
  const auto result = compressor.compress(content);
  return {result.begin(), result.end()};
}

Bytes opened(std::span<const std::byte> compressed) {
  Bytes content(decompressed_bytes(compressed));
  decompress(compressed, content);
  return content;
}

/// With another size in front.
Bytes claiming(Bytes compressed, std::uint32_t bytes) {
  std::memcpy(compressed.data(), &bytes, sizeof bytes);
  return compressed;
}

TEST_CASE("content that shrinks comes back as it was") {
  const std::size_t size = GENERATE(as<std::size_t>{}, compressible_bytes_min, compressible_bytes_min + 1, 70'001,
                                    proto::frame_body_bytes_max);
  const auto content = GENERATE_COPY(Bytes(size), text_like(size, 1));
  const auto bytes = compressed(content);
  REQUIRE_FALSE(bytes.empty());
  CHECK(bytes.size() < size * 3 / 4);
  CHECK(opened(bytes) == content);
}

TEST_CASE("content that does not shrink is left as it is") {
  CHECK(compressed(noise(compressible_bytes_min, 1)).empty());
  CHECK(compressed(noise(proto::frame_body_bytes_max, 1)).empty());
}

TEST_CASE("content that shrinks too little to be worth it is left as it is") {
  Bytes content = noise(200'000, 1);
  std::fill_n(content.begin(), 12'000, std::byte{0});
  CHECK(compressed(content).empty());
}

TEST_CASE("small content is left as it is, however well it would shrink") {
  CHECK(compressed(Bytes(compressible_bytes_min - 1)).empty());
}

TEST_CASE("while nothing shrinks only one frame in sixteen is tried, and as soon as one shrinks, all are") {
  FrameCompressor compressor;
  const auto shrinks = [&](const Bytes& content) { return !compressor.compress(content).empty(); };
  const Bytes bad = noise(10'000, 1);
  const Bytes good(10'000);
  for (int i = 0; i < 4; ++i) CHECK_FALSE(shrinks(bad));
  for (int i = 0; i < 15; ++i) CHECK_FALSE(shrinks(good));
  CHECK_FALSE(shrinks(bad));
  for (int i = 0; i < 15; ++i) CHECK_FALSE(shrinks(good));
  for (int i = 0; i < 20; ++i) CHECK(shrinks(good));
}

TEST_CASE("what a compressor of long ago made can be read") {
  // The size, then zstd's magic number, a frame header for 128 KiB windows, and one last block that repeats 'z'.
  const std::uint32_t size = 20'000;
  const std::uint32_t block = size << 3U | 1U << 1U | 1U;
  Bytes bytes(4);
  for (const int byte : {0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38}) bytes.push_back(static_cast<std::byte>(byte));
  for (unsigned shift = 0; shift < 24; shift += 8) bytes.push_back(static_cast<std::byte>(block >> shift & 0xFFU));
  bytes.push_back(std::byte{'z'});
  CHECK(opened(claiming(bytes, size)) == Bytes(size, std::byte{'z'}));
}

TEST_CASE("a frame that claims to hold more than a frame may is refused before anything is decompressed") {
  const auto bytes = compressed(Bytes(proto::frame_body_bytes_max));
  CHECK_THROWS_WITH(decompressed_bytes(claiming(bytes, proto::frame_body_bytes_max + 1)),
                    "a compressed frame of 262145 bytes is over the limit");
  CHECK_THROWS_AS(decompressed_bytes(claiming(bytes, ~std::uint32_t{0})), proto::DecodeError);
}

TEST_CASE("a frame that holds more or less than it claims is refused") {
  const auto bytes = compressed(Bytes(100'000));
  CHECK_THROWS_WITH(opened(claiming(bytes, 100'001)), "a compressed frame holds less than it says");
  CHECK_THROWS_WITH(opened(claiming(bytes, 99'999)), Catch::StartsWith("a compressed frame cannot be decompressed"));
  CHECK_THROWS_WITH(opened(claiming(bytes, 5'000)), Catch::StartsWith("a compressed frame cannot be decompressed"));
}

TEST_CASE("a frame that is no smaller than its content is refused") {
  const auto bytes = compressed(text_like(10'000, 1));
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, bytes.size()}) {
    CHECK_THROWS_WITH(decompressed_bytes(claiming(bytes, static_cast<std::uint32_t>(size))),
                      "a compressed frame is no smaller than its content");
  }
}

TEST_CASE("a compressed frame without content is refused") {
  const Bytes bytes(GENERATE(0U, 3U, 4U), std::byte{1});
  CHECK_THROWS_WITH(decompressed_bytes(bytes), "a compressed frame is too short");
}

TEST_CASE("a compressed frame that is cut short or goes on too long is refused") {
  auto bytes = compressed(text_like(10'000, 1));
  SECTION("cut short") { bytes.resize(bytes.size() - 1); }
  SECTION("only the size and a little more") { bytes.resize(5); }
  SECTION("something behind it") { bytes.push_back(std::byte{1}); }
  SECTION("another frame behind it") {
    const auto once = bytes;
    bytes.insert(bytes.end(), once.begin() + proto::compressed_size_bytes, once.end());
  }
  CHECK_THROWS_AS(opened(bytes), proto::DecodeError);
}

TEST_CASE("damage to a compressed frame is an error or other content of the same size, never anything else") {
  const std::uint32_t seed = GENERATE(range(1U, 201U));
  CAPTURE(seed);
  std::mt19937 random{seed};
  const auto content = text_like(20'000, seed);
  auto bytes = compressed(content);
  for (std::uint32_t i = 0; i <= seed % 4; ++i) {
    const std::size_t place = proto::compressed_size_bytes + random() % (bytes.size() - proto::compressed_size_bytes);
    bytes[place] ^= static_cast<std::byte>(1U << random() % 8);
  }
  std::string problem = "a compressed frame ";
  try {
    static_cast<void>(opened(bytes));
  } catch (const proto::DecodeError& error) {
    problem = error.what();
  }
  CHECK_THAT(problem, Catch::StartsWith("a compressed frame "));
  // Nor does it harm what comes after it.
  CHECK(opened(compressed(content)) == content);
}

}  // namespace
}  // namespace blitzen::net
