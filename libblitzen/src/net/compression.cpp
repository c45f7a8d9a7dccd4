#include "net/compression.hpp"

#include <zstd.h>
#include <zstd_errors.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>

#include "blitzen/proto/archive.hpp"
#include "proto/frame.hpp"
#include "proto/limits.hpp"

namespace blitzen::net {
namespace {

/// The fastest of zstd's regular levels: the network is to be the slowest part, not this.
constexpr int level = 1;

/// A frame must shrink by an eighth, or it is not worth the other side's time.
constexpr std::size_t least_gain_divisor = 8;

/// What is tried of a larger frame before all of it.
constexpr std::size_t sample_bytes = 4 * 1024;

/// After this many frames in a row that did not shrink ...
constexpr unsigned in_vain_max = 4;
/// ... this many are sent as they are before the next one is tried: what is being sent may have changed.
constexpr unsigned skipped_max = 15;

/// Nothing in here fails but for want of memory or because of a mistake in this file.
std::size_t checked(std::size_t result) {
  if (ZSTD_isError(result) == 0) return result;
  if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation) throw std::bad_alloc();
  throw std::logic_error(std::string{"zstd cannot compress: "} + ZSTD_getErrorName(result));
}

/// A thread's context, about 600 KiB once it has compressed a full frame, and the last result.
class Compressor {
 public:
  Compressor() : context_(ZSTD_createCCtx(), &ZSTD_freeCCtx) {
    if (!context_) throw std::bad_alloc();
    checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level));
    // Its size is told in front.
    checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_contentSizeFlag, 0));
  }

  /// Empty when the result would take more than `bytes_max`.
  std::span<const std::byte> compress(std::span<const std::byte> content, std::size_t bytes_max) {
    std::byte* const room = result_.get() + proto::compressed_size_bytes;
    const std::size_t bytes = ZSTD_compress2(context_.get(), room, bytes_max, content.data(), content.size());
    if (ZSTD_getErrorCode(bytes) == ZSTD_error_dstSize_tooSmall) return {};
    const auto content_bytes = static_cast<std::uint32_t>(content.size());
    std::memcpy(result_.get(), &content_bytes, sizeof content_bytes);
    return {result_.get(), proto::compressed_size_bytes + checked(bytes)};
  }

 private:
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context_;
  std::unique_ptr<std::byte[]> result_ =
      std::make_unique_for_overwrite<std::byte[]>(proto::compressed_size_bytes + proto::frame_body_bytes_max);
};

Compressor& compressor_of_thread() {
  thread_local Compressor compressor;
  return compressor;
}

ZSTD_DCtx* decompressor_of_thread() {
  thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context{ZSTD_createDCtx(), &ZSTD_freeDCtx};
  if (!context) throw std::bad_alloc();
  return context.get();
}

std::span<const std::byte> compress_if_it_pays(std::span<const std::byte> content) {
  Compressor& compressor = compressor_of_thread();
  if (content.size() > 2 * sample_bytes && compressor.compress(content.first(sample_bytes), sample_bytes - 1).empty()) {
    return {};
  }
  return compressor.compress(content, content.size() - content.size() / least_gain_divisor);
}

}  // namespace

std::span<const std::byte> FrameCompressor::compress(std::span<const std::byte> content) {
  if (content.size() < compressible_bytes_min || !is_due()) return {};
  const auto compressed = compress_if_it_pays(content);
  if (!compressed.empty()) {
    in_vain_ = 0;
  } else if (in_vain_ < in_vain_max) {
    ++in_vain_;
  }
  return compressed;
}

bool FrameCompressor::is_due() {
  if (in_vain_ == in_vain_max && skipped_ < skipped_max) {
    ++skipped_;
    return false;
  }
  skipped_ = 0;
  return true;
}

std::size_t decompressed_bytes(std::span<const std::byte> compressed) {
  if (compressed.size() <= proto::compressed_size_bytes) throw proto::DecodeError("a compressed frame is too short");
  std::uint32_t bytes = 0;
  std::memcpy(&bytes, compressed.data(), proto::compressed_size_bytes);
  if (bytes > proto::frame_body_bytes_max) {
    throw proto::DecodeError("a compressed frame of " + std::to_string(bytes) + " bytes is over the limit");
  }
  if (bytes <= compressed.size()) throw proto::DecodeError("a compressed frame is no smaller than its content");
  return bytes;
}

void decompress(std::span<const std::byte> compressed, std::span<std::byte> content) {
  const auto source = compressed.subspan(proto::compressed_size_bytes);
  const std::size_t bytes =
      ZSTD_decompressDCtx(decompressor_of_thread(), content.data(), content.size(), source.data(), source.size());
  if (ZSTD_isError(bytes) != 0) {
    throw proto::DecodeError(std::string{"a compressed frame cannot be decompressed ("} + ZSTD_getErrorName(bytes) +
                             ')');
  }
  if (bytes != content.size()) throw proto::DecodeError("a compressed frame holds less than it says");
}

}  // namespace blitzen::net
