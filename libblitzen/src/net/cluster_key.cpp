#include "net/cluster_key.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <span>
#include <string_view>

#include "base/hex.hpp"
#include "blitzen/error.hpp"

namespace blitzen::net {

ClusterKey::ClusterKey(const std::array<std::byte, bytes>& secret) : secret_(secret) {}
ClusterKey::ClusterKey(const ClusterKey&) = default;
ClusterKey& ClusterKey::operator=(const ClusterKey&) = default;
ClusterKey::~ClusterKey() { OPENSSL_cleanse(secret_.data(), secret_.size()); }

std::string ClusterKey::fingerprint() const {
  // A prefix of its own, so that this digest is of no use wherever else the key might be hashed.
  constexpr std::string_view prefix = "blitzen cluster key fingerprint:";
  constexpr std::size_t shown_bytes = 8;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  if (context == nullptr || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), prefix.data(), prefix.size()) != 1 ||
      EVP_DigestUpdate(context.get(), secret_.data(), secret_.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
    throw Error(ErrorCode::system, "OpenSSL cannot compute SHA-256 here: check the machine's OpenSSL configuration");
  }
  return base::to_hex(std::as_bytes(std::span{digest}.first(shown_bytes)));
}

}  // namespace blitzen::net
