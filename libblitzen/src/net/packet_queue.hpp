// Packets become the bytes of a connection: small ones first, large ones fragment by fragment in between. No I/O.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "net/body_in_pieces.hpp"
#include "net/compression.hpp"
#include "proto/frame.hpp"
#include "proto/limits.hpp"

namespace blitzen::net {

/// What is queued is sent in order, except that packets larger than a frame are overtaken by smaller ones, other than
/// those of which proto::overtakes_nothing. Up to streams_max large packets share the connection in turns; further ones
/// wait.
class PacketQueue {
 public:
  /// `compression`: frames are compressed where that pays.
  explicit PacketQueue(bool compression = false);

  /// Begins a packet: append its body to the returned bytes, then commit() or discard() before any other call.
  [[nodiscard]] std::vector<std::byte>& begin();
  void commit(proto::PacketNumber number);
  void discard();
  /// Queues a packet whose body is there already.
  void push(proto::PacketNumber number, BodyInPieces body);

  /// The size of the body begun.
  [[nodiscard]] std::size_t begun_bytes() const noexcept;

  /// The bytes to write next; empty when nothing is queued. They stay where they are until consumed() or front().
  [[nodiscard]] std::span<const std::byte> front();
  /// The same, and what follows it at once: those before the first empty one.
  using Pieces = std::array<std::span<const std::byte>, 4>;
  [[nodiscard]] Pieces next_pieces();
  void consumed(std::size_t bytes);

  /// Queued and not consumed yet.
  [[nodiscard]] std::size_t bytes() const noexcept;
  /// Memory held, used or not.
  [[nodiscard]] std::size_t held_bytes() const noexcept;

 private:
  /// A packet larger than a frame.
  struct Large {
    proto::PacketNumber number{};
    std::uint8_t stream = 0;
    BodyInPieces body;
    std::size_t begin = 0;     ///< Before that, `body` has room for a frame header that is not used.
    std::size_t next = begin;  ///< The first byte that was not sent yet.
    std::uint64_t ordinal = 0;

    [[nodiscard]] std::uint64_t total() const noexcept { return body.size() - begin; }
  };

  /// A packet in its frame that may go when the large ones up to `behind` are gone.
  struct Trailing {
    std::vector<std::byte> frame;
    std::uint64_t behind = 0;
  };

  [[nodiscard]] bool compress_begun();
  void trail_begun();
  void release_trailing();
  void commit_large(proto::PacketNumber number);
  void wait_for_stream(Large large);
  void begin_fragment();
  [[nodiscard]] std::span<const std::byte> compress_fragment();
  void take_small_pieces();
  void pass_over(std::size_t bytes);
  void release_finished();
  [[nodiscard]] std::uint8_t take_stream();

  std::vector<std::byte> gathering_;  ///< Small packets with their headers, growing.
  std::size_t begun_ = 0;             ///< Where in gathering_ the packet begun starts.
  std::vector<std::byte> writing_;    ///< Small packets or a fragment's header, on their way.
  std::size_t written_ = 0;           ///< Of writing_.
  std::deque<Large> active_;          ///< Share the connection; the front one's fragment is on its way or next.
  std::deque<Large> waiting_;         ///< Have no stream yet.
  std::deque<Trailing> trailing_;     ///< In order.
  std::size_t trailing_bytes_ = 0;
  std::uint64_t larges_ = 0;        ///< So many large packets were queued.
  std::size_t fragment_ = 0;        ///< Bytes of active_.front() that must follow writing_.
  std::size_t turn_ = 0;            ///< Of active_.front(), sent in a row.
  std::size_t large_bytes_ = 0;     ///< Of active_ and waiting_, not consumed.
  std::uint32_t streams_used_ = 0;  ///< One bit per stream.
  std::optional<FrameCompressor> compressor_;
  std::vector<std::byte> whole_fragment_;  ///< To compress one that lies in pieces.
};

}  // namespace blitzen::net
