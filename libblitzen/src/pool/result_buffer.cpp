#include "pool/result_buffer.hpp"

#include <algorithm>
#include <cstring>

#include "pool/pool_link.hpp"

namespace blitzen::pool {

ResultBuffer::ResultBuffer(PoolLink* link)
    : link_(link),
      near_(std::make_unique_for_overwrite<std::byte[]>(inline_bytes_max)),
      room_(near_.get(), inline_bytes_max) {}

std::span<std::byte> ResultBuffer::grow(std::size_t used, std::size_t more) {
  const std::size_t needed = used + more;
  const std::size_t wanted = std::max(needed, 2 * used);
  const bool pays = is_draft_ || more > inline_bytes_max;
  if (link_ != nullptr && pays && needed <= link_->result_bytes_max()) {
    const auto draft = link_->grow_draft(room_.first(used), std::min(wanted, link_->result_bytes_max()));
    if (!draft.empty()) {
      is_draft_ = true;
      return room_ = draft;
    }
  }
  if (wanted > far_bytes_) {
    auto larger = std::make_unique_for_overwrite<std::byte[]>(wanted);
    std::memcpy(larger.get(), room_.data(), used);
    far_ = std::move(larger);
    far_bytes_ = wanted;
  } else if (room_.data() != far_.get()) {
    std::memcpy(far_.get(), room_.data(), used);
  }
  end_draft();
  // No more than that, although there may be more: what pays as a draft must still become one.
  return room_ = {far_.get(), wanted};
}

void ResultBuffer::clear() noexcept {
  size_ = 0;
  if (room_.data() == near_.get()) return;
  end_draft();
  if (far_bytes_ > far_bytes_kept) {
    far_.reset();
    far_bytes_ = 0;
  }
  room_ = {near_.get(), inline_bytes_max};
}

void ResultBuffer::end_draft() noexcept {
  if (is_draft_) link_->drop_draft();
  is_draft_ = false;
}

}  // namespace blitzen::pool
