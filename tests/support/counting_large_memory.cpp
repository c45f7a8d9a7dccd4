// Counts blocks of LargeMemory, which operator new knows nothing of, with what counting_new.hpp counts. The linker puts
// these functions between LargeMemory and those who use it, see CMakeLists.txt.
#include "base/large_memory.hpp"
#include "tests/support/counting_new.hpp"

namespace blitzen::testing {

using base::LargeMemory;
using Block = std::span<std::byte>;

Block really_take(LargeMemory* memory, std::size_t bytes,
                  std::size_t room) asm("__real__ZN7blitzen4base11LargeMemory4takeEmm");
Block really_grow(LargeMemory* memory, Block block, std::size_t bytes, std::size_t used, std::size_t room) asm(
    "__real__ZN7blitzen4base11LargeMemory4growESt4spanISt4byteLm18446744073709551615EEmmm");
void really_give_back(LargeMemory* memory, Block block) asm(
    "__real__ZN7blitzen4base11LargeMemory9give_backESt4spanISt4byteLm18446744073709551615EE");

Block take(LargeMemory* memory, std::size_t bytes,
           std::size_t room) asm("__wrap__ZN7blitzen4base11LargeMemory4takeEmm");
Block take(LargeMemory* memory, std::size_t bytes, std::size_t room) {
  const Block block = really_take(memory, bytes, room);
  count_taken(block.size());
  return block;
}

Block grow(LargeMemory* memory, Block block, std::size_t bytes, std::size_t used, std::size_t room) asm(
    "__wrap__ZN7blitzen4base11LargeMemory4growESt4spanISt4byteLm18446744073709551615EEmmm");
Block grow(LargeMemory* memory, Block block, std::size_t bytes, std::size_t used, std::size_t room) {
  const Block larger = really_grow(memory, block, bytes, used, room);
  // Unless it was extended where it is, there were both for a moment.
  if (larger.data() != block.data()) {
    count_taken(larger.size());
    count_given_back(block.size());
  } else {
    count_taken(larger.size() - block.size());
  }
  return larger;
}

void give_back(LargeMemory* memory, Block block) noexcept
    asm("__wrap__ZN7blitzen4base11LargeMemory9give_backESt4spanISt4byteLm18446744073709551615EE");
void give_back(LargeMemory* memory, Block block) noexcept {
  count_given_back(block.size());
  really_give_back(memory, block);
}

}  // namespace blitzen::testing
