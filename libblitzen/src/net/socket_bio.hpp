// OpenSSL's way to the socket. Its own socket BIO raises SIGPIPE when the peer is gone; this one never does.
#pragma once

#include <openssl/bio.h>

#include <cstddef>

namespace blitzen::net {

/// A BIO over the non-blocking socket `fd`, which it does not close. Null when memory or OpenSSL fails.
[[nodiscard]] BIO* make_socket_bio(int fd);

/// While it gathers, what is written is kept for send_gathered(), so that many records share a system call.
void gather(BIO* bio, bool gathers);
/// Written and not sent yet.
[[nodiscard]] std::size_t gathered_bytes(BIO* bio);
/// Sends what was gathered, as far as the socket takes it. False, with errno: it did not take everything.
[[nodiscard]] bool send_gathered(BIO* bio);

}  // namespace blitzen::net
