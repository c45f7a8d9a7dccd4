#include "blitzen/detail/argument_buffer.hpp"

#include <algorithm>
#include <utility>

#include "base/shared_bytes.hpp"

namespace blitzen::detail {

base::SharedBlock* ArgumentBuffer::take_block() noexcept { return std::exchange(block_, nullptr); }

void ArgumentBuffer::make_room(std::size_t size) {
  const std::size_t used = this->size();
  const std::size_t wanted = std::max(used + size, 2 * used);
  if (block_ == nullptr) {
    block_ = base::SharedBlock::make(wanted);
    std::ranges::copy(bytes(), block_->data());
  } else {
    block_ = base::SharedBlock::grow(block_, wanted, used);
  }
  move_to({block_->data(), block_->capacity()});
}

void ArgumentBuffer::release() noexcept { block_->release(); }

}  // namespace blitzen::detail
