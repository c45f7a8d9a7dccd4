#include <sys/mman.h>

#include <new>

#include "apps/bench/floors/measure.hpp"
#include "apps/bench/floors/rounds.hpp"
#include "apps/bench/system/child.hpp"
#include "apps/bench/system/futex.hpp"

namespace blitzen::bench::floors {
namespace {

/// Each word on a cache line of its own.
struct Table {
  alignas(64) SharedWord ping{0};
  alignas(64) SharedWord pong{0};
};

void post(SharedWord& word, std::uint32_t round) {
  word.store(round, std::memory_order_release);
  ::syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

/// Without a timeout, which would cost the kernel a timer: the process that answers dies with this one, and what
/// watches over this one ends it when the answer never comes.
void await(SharedWord& word, std::uint32_t round) {
  for (auto seen = word.load(std::memory_order_acquire); seen != round; seen = word.load(std::memory_order_acquire))
    ::syscall(SYS_futex, &word, FUTEX_WAIT, seen, nullptr, nullptr, 0);
}

}  // namespace

Latency futex_ping_pong(std::size_t rounds) {
  void* const memory = ::mmap(nullptr, sizeof(Table), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  checked(memory == MAP_FAILED ? -1 : 0, "mmap");
  Table& table = *new (memory) Table;
  const Child answering{[&] {
    for (std::uint32_t round = 1;; ++round) {
      await(table.ping, round);
      post(table.pong, round);
    }
  }};
  std::uint32_t round = 0;
  const Latency latency = time_rounds(rounds, [&] {
    post(table.ping, ++round);
    await(table.pong, round);
  });
  ::munmap(memory, sizeof(Table));
  return latency;
}

}  // namespace blitzen::bench::floors
