#include "net/tls.hpp"

#include <array>
#include <cstring>
#include <string_view>

#include "blitzen/error.hpp"
#include "net/socket_bio.hpp"

namespace blitzen::net {
namespace {

/// The only suite: its hash is SHA-256, as an external key needs, and both supported processors have AES instructions.
constexpr const char* suite_name = "TLS_AES_128_GCM_SHA256";
constexpr std::array<unsigned char, 2> suite_id{0x13, 0x01};

/// Ciphertext read from the socket at once: a little more than is sent at once, so that one read takes it in.
constexpr std::size_t read_ahead_bytes = 72 * 1024;

[[noreturn]] void fail() {
  throw Error(ErrorCode::system, "OpenSSL cannot set up TLS 1.3 here: check the machine's OpenSSL configuration");
}

}  // namespace

TlsContext::TlsContext(Side side, const ClusterKey& key)
    : context_(SSL_CTX_new(side == Side::server ? TLS_server_method() : TLS_client_method())),
      side_(side),
      key_(key),
      identity_(key.fingerprint()) {
  if (context_ == nullptr) fail();
  if (SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(context_, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_ciphersuites(context_, suite_name) != 1 || SSL_CTX_set_num_tickets(context_, 0) != 1) {
    SSL_CTX_free(context_);
    fail();
  }
  SSL_CTX_set_app_data(context_, this);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context_,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context_, 1);
  SSL_CTX_set_default_read_buffer_len(context_, read_ahead_bytes);
  if (side == Side::server) {
    SSL_CTX_set_psk_find_session_callback(context_, &TlsContext::find_session);
  } else {
    SSL_CTX_set_psk_use_session_callback(context_, &TlsContext::use_session);
    // There is no certificate to trust, so a server that shows one fails here.
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  }
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

SslPointer TlsContext::make_ssl(int fd) const {
  SslPointer ssl{SSL_new(context_)};
  BIO* bio = make_socket_bio(fd);
  if (ssl == nullptr || bio == nullptr) {
    BIO_free(bio);
    fail();
  }
  SSL_set_bio(ssl.get(), bio, bio);
  if (side_ == Side::server) {
    SSL_set_accept_state(ssl.get());
  } else {
    SSL_set_connect_state(ssl.get());
  }
  return ssl;
}

SSL_SESSION* TlsContext::make_session(SSL* ssl) const {
  SSL_SESSION* session = SSL_SESSION_new();
  const SSL_CIPHER* cipher = SSL_CIPHER_find(ssl, suite_id.data());
  const auto* secret = reinterpret_cast<const unsigned char*>(key_.secret().data());
  if (session == nullptr || cipher == nullptr ||
      SSL_SESSION_set1_master_key(session, secret, key_.secret().size()) != 1 ||
      SSL_SESSION_set_cipher(session, cipher) != 1 || SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) != 1) {
    SSL_SESSION_free(session);
    return nullptr;
  }
  return session;
}

int TlsContext::find_session(SSL* ssl, const unsigned char* identity, std::size_t size, SSL_SESSION** session) {
  const auto& self = *static_cast<const TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const std::string_view offered{reinterpret_cast<const char*>(identity), size};
  *session = nullptr;
  if (offered != self.identity_) return 1;  // Goes on without a key, and so fails for lack of a certificate.
  *session = self.make_session(ssl);
  return *session != nullptr ? 1 : 0;
}

int TlsContext::use_session(SSL* ssl, const EVP_MD* digest, const unsigned char** identity, std::size_t* size,
                            SSL_SESSION** session) {
  const auto& self = *static_cast<const TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  *session = nullptr;
  if (digest != nullptr && EVP_MD_get_type(digest) != NID_sha256) return 1;  // A server that chose another hash.
  *session = self.make_session(ssl);
  *identity = reinterpret_cast<const unsigned char*>(self.identity_.data());
  *size = self.identity_.size();
  return *session != nullptr ? 1 : 0;
}

bool authenticated_by_key(SSL* ssl) {
  return SSL_session_reused(ssl) == 1 && SSL_get0_peer_certificate(ssl) == nullptr;
}

}  // namespace blitzen::net
