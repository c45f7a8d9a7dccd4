#include "images/image_hash.hpp"

#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/hex.hpp"
#include "blitzen/error.hpp"

namespace blitzen::images {
namespace {

/// Large enough that system calls cost nothing beside hashing, small enough for the stack.
constexpr std::size_t read_bytes = 64 * 1024;

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    require(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void add(std::span<const std::byte> bytes) {
    require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }
  [[nodiscard]] proto::ImageHash finish() {
    proto::ImageHash hash{};
    require(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(hash.data()), nullptr) == 1);
    return hash;
  }

 private:
  static void require(bool done) {
    if (!done) throw Error(ErrorCode::system, "OpenSSL cannot compute SHA-256 here: check its configuration");
  }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

proto::ImageHash hash_bytes(std::span<const std::byte> content, const std::stop_token& stop) {
  Sha256 sha;
  while (!content.empty()) {
    if (stop.stop_requested()) throw Interrupted{};
    const std::size_t count = std::min(content.size(), uninterrupted_bytes_max);
    sha.add(content.first(count));
    content = content.subspan(count);
  }
  return sha.finish();
}

proto::ImageHash hash_file(int fd, const std::stop_token& stop) {
  Sha256 sha;
  std::array<std::byte, read_bytes> buffer;
  off_t offset = 0;
  while (true) {
    if (stop.stop_requested()) throw Interrupted{};
    const ssize_t count = ::pread(fd, buffer.data(), buffer.size(), offset);
    if (count == 0) return sha.finish();
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      throw Error(ErrorCode::system, std::string("cannot read an image file: ") + std::strerror(errno));
    }
    sha.add(std::span{buffer}.first(static_cast<std::size_t>(count)));
    offset += count;
  }
}

std::string to_hex(const proto::ImageHash& hash) { return base::to_hex(hash); }

}  // namespace blitzen::images
