// TLS 1.3 with the cluster key and nothing else: no certificates, no tickets, no early data.
#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "net/cluster_key.hpp"

namespace blitzen::net {

struct SslDeleter {
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};
using SslPointer = std::unique_ptr<SSL, SslDeleter>;

/// Which end of a connection this is.
enum class Side { server, client };

/// What every TLS connection of one acceptor or connector shares.
class TlsContext {
 public:
  /// Throws Error{system} when OpenSSL cannot do what is needed.
  TlsContext(Side side, const ClusterKey& key);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  /// The TLS state of one connection over the non-blocking socket `fd`, which stays the caller's. The context must
  /// outlive it. Takes some 85 KiB.
  [[nodiscard]] SslPointer make_ssl(int fd) const;

 private:
  SSL_CTX* context_;
  Side side_;
  ClusterKey key_;
  std::string identity_;

  [[nodiscard]] SSL_SESSION* make_session(SSL* ssl) const;
  static int find_session(SSL* ssl, const unsigned char* identity, std::size_t size, SSL_SESSION** session);
  static int use_session(SSL* ssl, const EVP_MD* digest, const unsigned char** identity, std::size_t* size,
                         SSL_SESSION** session);
};

/// True when the finished handshake was authenticated by the key, not by some certificate.
[[nodiscard]] bool authenticated_by_key(SSL* ssl);

}  // namespace blitzen::net
