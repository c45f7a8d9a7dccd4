#include "base/large_memory.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <random>
#include <thread>

#include "base/huge_mapping.hpp"

namespace blitzen::base {
namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

void fill(std::span<std::byte> block, std::uint8_t value) { std::memset(block.data(), value, block.size()); }

bool is_filled(std::span<const std::byte> block, std::uint8_t value) {
  return block.front() == std::byte{value} && block.back() == std::byte{value};
}

}  // namespace

TEST_CASE("large blocks never overlap, whoever takes and gives them back") {
  LargeMemory memory;
  const auto work = [&memory](std::uint8_t id) {
    std::mt19937 random{id};
    std::vector<std::span<std::byte>> blocks;
    bool intact = true;
    for (int step = 0; step < 300; ++step) {
      if (random() % 2 == 0) {
        const std::size_t bytes = LargeMemory::block_bytes_min + random() % (2 * mebibyte);
        blocks.push_back(memory.take(bytes));
        intact = intact && blocks.back().size() >= bytes;
        fill(blocks.back(), id);
      } else if (!blocks.empty()) {
        const std::size_t index = random() % blocks.size();
        intact = intact && is_filled(blocks[index], id);
        memory.give_back(blocks[index]);
        blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(index));
      }
    }
    for (const auto block : blocks) {
      intact = intact && is_filled(block, id);
      memory.give_back(block);
    }
    return intact;
  };
  bool other_intact = false;
  std::thread other{[&] { other_intact = work(1); }};
  const bool intact = work(2);
  other.join();
  CHECK(intact);
  CHECK(other_intact);
}

TEST_CASE("memory that was given back is used again") {
  LargeMemory memory;
  const auto first = memory.take(mebibyte);
  memory.give_back(first);
  CHECK(memory.idle_bytes() == huge_page_bytes);
  const auto second = memory.take(mebibyte);
  CHECK(second.data() == first.data());
  CHECK(memory.idle_bytes() == 0);
  memory.give_back(second);
}

TEST_CASE("idle memory has a limit") {
  LargeMemory memory;
  std::vector<std::span<std::byte>> blocks;
  for (std::size_t taken = 0; taken < LargeMemory::idle_bytes_max + 64 * mebibyte; taken += 4 * mebibyte)
    blocks.push_back(memory.take(4 * mebibyte));
  for (const auto block : blocks) memory.give_back(block);
  CHECK(memory.idle_bytes() <= LargeMemory::idle_bytes_max);
}

TEST_CASE("memory is given back when it was idle for a whole period") {
  LargeMemory memory;
  memory.give_back(memory.take(8 * mebibyte));
  memory.trim_unneeded();
  const std::size_t idle = memory.idle_bytes();
  REQUIRE(idle >= 8 * mebibyte);

  memory.give_back(memory.take(4 * mebibyte));
  memory.trim_unneeded();
  CHECK(memory.idle_bytes() == 4 * mebibyte);  // what was in use in between stays
  memory.trim_unneeded();
  CHECK(memory.idle_bytes() == 0);
}

TEST_CASE("a block that grows keeps what is in it") {
  LargeMemory memory;
  const std::size_t larger = GENERATE(2 * mebibyte, 40 * mebibyte);
  const bool has_neighbour = GENERATE(false, true);
  CAPTURE(larger, has_neighbour);
  auto block = memory.take(mebibyte);
  const auto neighbour = has_neighbour ? memory.take(mebibyte) : std::span<std::byte>{};
  fill(block, 7);
  const std::size_t used = block.size();
  block = memory.grow(block, larger, used);
  CHECK(block.size() >= larger);
  CHECK(is_filled(block.first(used), 7));
  fill(block, 8);
  block = memory.grow(block, 2 * larger, block.size());
  CHECK(is_filled(block.first(larger), 8));
  memory.give_back(block);
  if (has_neighbour) memory.give_back(neighbour);
}

TEST_CASE("blocks that grow side by side stay where they are if it was said how large they may get") {
  LargeMemory memory;
  auto first = memory.take(mebibyte / 2, 2 * mebibyte);
  auto second = memory.take(mebibyte / 2, 2 * mebibyte);
  const std::byte* const first_at = first.data();
  const std::byte* const second_at = second.data();
  first = memory.grow(first, mebibyte, first.size());
  second = memory.grow(second, 2 * mebibyte, second.size());
  first = memory.grow(first, 2 * mebibyte, first.size());
  CHECK(first.data() == first_at);
  CHECK(first.size() == 2 * mebibyte);
  CHECK(second.data() == second_at);
  memory.give_back(first);
  memory.give_back(second);
}

TEST_CASE("memory lies idle again where a block had room for more") {
  LargeMemory memory;
  memory.give_back(memory.take(8 * mebibyte));
  const std::size_t idle = memory.idle_bytes();
  memory.give_back(memory.take(mebibyte, 8 * mebibyte));
  CHECK(memory.idle_bytes() == idle);
}

}  // namespace blitzen::base
