// OpenSSL's way to the socket. Its own socket BIO raises SIGPIPE when the peer is gone; this one never does.
#pragma once

#include <openssl/bio.h>

namespace blitzen::net {

/// A BIO over the non-blocking socket `fd`, which it does not close. Null when memory or OpenSSL fails.
[[nodiscard]] BIO* make_socket_bio(int fd);

}  // namespace blitzen::net
