// Lets a result be encoded straight to where the pool wants it.
#pragma once

#include "blitzen/proto/byte_sink.hpp"
#include "pool/worker.hpp"

namespace blitzen::call {

class ResultSink final : public proto::ByteSink {
 public:
  explicit ResultSink(pool::ResultBuffer& buffer) noexcept : ByteSink(buffer.room()), buffer_(buffer) {}

  /// Makes what was written the result.
  void finish() noexcept { buffer_.set_size(size()); }

 private:
  void make_room(std::size_t more) override { move_to(buffer_.grow(size(), more)); }

  pool::ResultBuffer& buffer_;
};

}  // namespace blitzen::call
