/// \file
/// Where the arguments of a call are encoded.
#pragma once

#include <array>
#include <blitzen/proto/byte_sink.hpp>
#include <cstddef>

namespace blitzen::base {
class SharedBlock;
}

namespace blitzen::detail {

/// Few bytes stay in the object. More are written where they can remain until the task is settled, so that large
/// arguments are copied once. Throws Error{too_large} before there are more than a task may have.
class ArgumentBuffer final : public proto::ByteSink {
 public:
  ArgumentBuffer() noexcept : ByteSink(near_) {}
  ~ArgumentBuffer() {
    if (block_ != nullptr) release();
  }

  /// The block that everything was written to, from its start; null if it all stayed in the object. The caller gets
  /// the reference to it, and the buffer is of no use any more.
  [[nodiscard]] base::SharedBlock* take_block() noexcept;

 private:
  void make_room(std::size_t size) override;
  void release() noexcept;

  std::array<std::byte, 1024> near_;
  base::SharedBlock* block_ = nullptr;
};

}  // namespace blitzen::detail
