// A packet's body around a payload that is shared, not copied.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "base/shared_bytes.hpp"
#include "blitzen/proto/byte_sink.hpp"

namespace blitzen::net {

/// A smaller payload is copied: that is cheaper than to look after it.
inline constexpr std::size_t shared_payload_bytes_min = 64 * 1024;

/// Some encoded bytes, the payload, and the rest of the encoded bytes.
struct BodyInPieces {
  std::vector<std::byte> encoded;
  std::size_t split = 0;  ///< How many of `encoded` come before the payload.
  base::SharedBytes payload;

  [[nodiscard]] std::size_t size() const noexcept { return encoded.size() + payload.size(); }
  /// The bytes from `position` on as far as they lie in one piece, but at most so many.
  [[nodiscard]] std::span<const std::byte> at(std::size_t position, std::size_t bytes_max) const noexcept {
    const std::span<const std::byte> all{encoded};
    const auto from = [&](std::span<const std::byte> piece, std::size_t begin) {
      return piece.subspan(begin, std::min(bytes_max, piece.size() - begin));
    };
    if (position < split) return from(all.first(split), position);
    if (position < split + payload.size()) return from(payload.bytes(), position - split);
    return from(all, position - payload.size());
  }
};

/// Encodes a packet so. Only the first large view of `payload` is shared.
class BodyEncoder final : public proto::ByteSink {
 public:
  explicit BodyEncoder(const base::SharedBytes& payload) : ByteSink({}), whole_(payload) {}

  void write_view(std::span<const std::byte> view) override {
    const std::span<const std::byte> whole = whole_.bytes();
    const bool is_part = std::greater_equal<>{}(view.data(), whole.data()) &&
                         std::less_equal<>{}(view.data() + view.size(), whole.data() + whole.size());
    if (!is_part || view.size() < shared_payload_bytes_min || !body_.payload.empty())
      return write(view.data(), view.size());
    body_.split = size();
    body_.payload = whole_.slice(view);
  }

  /// To be called once, at the end.
  [[nodiscard]] BodyInPieces finish() {
    body_.encoded.resize(size());
    if (body_.payload.empty()) body_.split = size();
    return std::move(body_);
  }

 private:
  void make_room(std::size_t more) override {
    constexpr std::size_t usual_bytes = 128;  // what surrounds a payload
    body_.encoded.resize(std::max({usual_bytes, 2 * size(), size() + more}));
    move_to(body_.encoded);
  }

  const base::SharedBytes& whole_;
  BodyInPieces body_;
};

}  // namespace blitzen::net
