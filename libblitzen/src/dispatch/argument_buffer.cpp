#include "blitzen/detail/argument_buffer.hpp"

#include <algorithm>
#include <utility>

#include "base/shared_bytes.hpp"
#include "blitzen/error.hpp"
#include "dispatch/wording.hpp"
#include "proto/limits.hpp"

namespace blitzen::detail {

base::SharedBlock* ArgumentBuffer::take_block() noexcept { return std::exchange(block_, nullptr); }

void ArgumentBuffer::make_room(std::size_t size) {
  const std::size_t used = this->size();
  if (size > proto::payload_bytes_max - used)
    throw Error(ErrorCode::too_large, "the arguments of a task may take " +
                                          dispatch::in_mebibytes(proto::payload_bytes_max) +
                                          ", these take more; send less, or let the task read a file");
  const std::size_t wanted = std::clamp<std::size_t>(2 * used, used + size, proto::payload_bytes_max);
  if (block_ == nullptr) {
    block_ = base::SharedBlock::make(wanted);
    std::ranges::copy(bytes(), block_->data());
  } else {
    block_ = base::SharedBlock::grow(block_, wanted, used);
  }
  // A block has more room than asked for, which must not be filled without another look at the limit.
  move_to({block_->data(), std::min<std::size_t>(block_->capacity(), proto::payload_bytes_max)});
}

void ArgumentBuffer::release() noexcept { block_->release(); }

}  // namespace blitzen::detail
