#include "base/shared_bytes.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "base/byte_arena.hpp"
#include "base/unique_fd.hpp"
#include "tests/support/temporary_directory.hpp"

namespace blitzen::base {
namespace {

bool is_mapped(const std::byte* byte) {
  const auto page_bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const std::byte* const page = byte - reinterpret_cast<std::uintptr_t>(byte) % page_bytes;
  unsigned char resident = 0;
  return ::mincore(const_cast<std::byte*>(page), page_bytes, &resident) == 0;
}

}  // namespace

TEST_CASE("a block of any size keeps its content while it grows") {
  const std::size_t bytes = GENERATE(1U, 1000U, 300'000U, 3'000'000U, 20'000'000U);
  const std::size_t more = GENERATE(2000U, 400'000U, 30'000'000U);
  CAPTURE(bytes, more);
  SharedBlock* block = SharedBlock::make(bytes);
  REQUIRE(block->capacity() >= bytes);
  std::memset(block->data(), 5, bytes);
  block = SharedBlock::grow(block, bytes + more, bytes);
  REQUIRE(block->capacity() >= bytes + more);
  CHECK(block->data()[0] == std::byte{5});
  CHECK(block->data()[bytes - 1] == std::byte{5});
  std::memset(block->data(), 6, bytes + more);
  block->release();
}

TEST_CASE("a slice keeps its block alive") {
  SharedBytes slice;
  {
    const SharedBytes whole = SharedBytes::copy_of(std::vector(1'000'000, std::byte{3}));
    slice = whole.slice(whole.bytes().last(10));
  }
  CHECK(std::ranges::count(slice.bytes(), std::byte{3}) == 10);
}

TEST_CASE("a mapped file is there as long as a slice of it") {
  testing::TemporaryDirectory home;
  const auto path = home.path() / "file";
  std::ofstream{path} << std::string(300'000, 'a') << "end";
  SharedBytes slice;
  {
    const UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    const SharedBytes whole = SharedBytes::map(file.get(), 300'003);
    slice = whole.slice(whole.bytes().last(4));
  }
  CHECK(as_text(slice.bytes()) == "aend");
  const std::byte* const content = slice.bytes().data();
  CHECK(is_mapped(content));
  slice = {};
  CHECK_FALSE(is_mapped(content));
}

TEST_CASE("an arena keeps a block's many bytes where they are, and copies few") {
  ByteArena arena;
  const auto keep = [&arena](std::size_t bytes) {
    SharedBlock* const block = SharedBlock::make(bytes);
    const std::span<const std::byte> content{block->data(), bytes};
    std::memset(block->data(), 4, bytes);
    const SharedBytes kept = arena.keep(content, block);
    CHECK(kept.bytes().back() == std::byte{4});
    return kept.bytes().data() == content.data();
  };
  CHECK(keep(1'000'000));
  CHECK_FALSE(keep(100));
}

}  // namespace blitzen::base
