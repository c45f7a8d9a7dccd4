#include "tests/soak/attackers.hpp"

#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>

#include "proto/packets.hpp"
#include "tests/soak/pause.hpp"

namespace blitzen::soak {
namespace {

using Clock = std::chrono::steady_clock;

std::atomic<bool> enough = false;

e2e::Bytes noise(std::size_t bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  e2e::Bytes words(bytes);
  for (std::byte& byte : words) byte = static_cast<std::byte>(random());
  return words;
}

e2e::Bytes tls_that_turns_into_noise(std::uint64_t seed) {
  constexpr std::array<unsigned char, 9> begin_of_client_hello{0x16, 0x03, 0x01, 0x01, 0x00, 0x01, 0x00, 0x00, 0xfc};
  e2e::Bytes words = noise(300, seed);
  std::transform(begin_of_client_hello.begin(), begin_of_client_hello.end(), words.begin(),
                 [](unsigned char byte) { return static_cast<std::byte>(byte); });
  return words;
}

/// What a try offers; the callbacks of OpenSSL find it in its context.
struct Offer {
  std::string identity;
  std::array<std::byte, net::ClusterKey::bytes> secret;
};

const Offer& offer_of(SSL* ssl) { return *static_cast<const Offer*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl))); }

int offer_in_tls_1_3(SSL* ssl, const EVP_MD*, const unsigned char** identity, std::size_t* size,
                     SSL_SESSION** session) {
  constexpr std::array<unsigned char, 2> suite{0x13, 0x01};
  const Offer& offer = offer_of(ssl);
  *session = SSL_SESSION_new();
  SSL_SESSION_set1_master_key(*session, reinterpret_cast<const unsigned char*>(offer.secret.data()),
                              offer.secret.size());
  SSL_SESSION_set_cipher(*session, SSL_CIPHER_find(ssl, suite.data()));
  SSL_SESSION_set_protocol_version(*session, TLS1_3_VERSION);
  *identity = reinterpret_cast<const unsigned char*>(offer.identity.data());
  *size = offer.identity.size();
  return 1;
}

unsigned offer_in_tls_1_2(SSL* ssl, const char*, char* identity, unsigned identity_max, unsigned char* secret,
                          unsigned secret_max) {
  const Offer& offer = offer_of(ssl);
  if (offer.identity.size() >= identity_max || offer.secret.size() > secret_max) return 0;
  identity[offer.identity.copy(identity, offer.identity.size())] = '\0';
  std::copy_n(reinterpret_cast<const unsigned char*>(offer.secret.data()), offer.secret.size(), secret);
  return static_cast<unsigned>(offer.secret.size());
}

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Ssl = std::unique_ptr<SSL, decltype(&SSL_free)>;

Context make_context(TlsTry kind, Offer& offer) {
  Context context{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
  if (!context) throw std::runtime_error("OpenSSL makes no context");
  const int version = kind == TlsTry::version_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
  SSL_CTX_set_min_proto_version(context.get(), version);
  SSL_CTX_set_max_proto_version(context.get(), version);
  SSL_CTX_set_app_data(context.get(), &offer);
  if (kind == TlsTry::version_1_2) {
    SSL_CTX_set_cipher_list(context.get(), "PSK:ALL:@SECLEVEL=0");
    SSL_CTX_set_psk_client_callback(context.get(), &offer_in_tls_1_2);
  } else if (kind != TlsTry::no_key) {
    SSL_CTX_set_psk_use_session_callback(context.get(), &offer_in_tls_1_3);
  }
  return context;
}

/// As many connections as the system lets one process have.
void raise_descriptor_limit(std::uint64_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  constexpr rlim_t others = 100;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < count + others) {
    throw std::runtime_error("a process may have " + std::to_string(limit.rlim_cur) + " descriptors here, and " +
                             std::to_string(count + others) + " are needed: raise the hard limit (ulimit -Hn)");
  }
}

}  // namespace

e2e::Bytes plain_hello() {
  proto::Hello hello;
  hello.role = proto::Role::driver;
  hello.version = proto::protocol_version;
  hello.oldest_version = proto::protocol_version_oldest;
  hello.packet_bytes_max = proto::packet_bytes_max;
  return e2e::frame_of(hello);
}

e2e::Bytes garbage(std::uint64_t number) {
  constexpr std::uint64_t kinds = 5;
  switch (number % kinds) {
    case 0:
      return noise(1 + number % 2000, number);
    case 1:
      return plain_hello();
    case 2:
      return tls_that_turns_into_noise(number);
    case 3:
      return e2e::Bytes(64, std::byte{0xff});
    default:
      return e2e::to_bytes("GET / HTTP/1.1\r\nHost: blitzen\r\n\r\n");
  }
}

bool gets_in(std::uint16_t port, TlsTry kind, const net::ClusterKey& right_key) {
  Offer offer{right_key.fingerprint(), right_key.secret()};
  if (kind == TlsTry::wrong_secret) offer.secret.front() ^= std::byte{1};
  if (kind == TlsTry::wrong_identity) offer.identity.front() = offer.identity.front() == '0' ? '1' : '0';
  const Context context = make_context(kind, offer);
  const base::UniqueFd socket = e2e::connect_to(port);
  const Ssl ssl{SSL_new(context.get()), &SSL_free};
  SSL_set_fd(ssl.get(), socket.get());
  if (SSL_connect(ssl.get()) != 1) return false;
  const e2e::Bytes words = plain_hello();
  if (SSL_write(ssl.get(), words.data(), static_cast<int>(words.size())) <= 0) return false;
  std::array<std::byte, 1024> answer;
  return SSL_read(ssl.get(), answer.data(), static_cast<int>(answer.size())) > 0;
}

void flood_server(const std::vector<std::string>& arguments) {
  const auto port = static_cast<std::uint16_t>(std::stoi(arguments.at(0)));
  const std::uint64_t count = std::stoull(arguments.at(1));
  const std::chrono::duration<double> time{std::stod(arguments.at(2))};
  const bool idle = arguments.at(3) == "idle";
  std::signal(SIGTERM, [](int) { enough = true; });
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit(count);
  std::vector<base::UniqueFd> connections;
  const auto begin = Clock::now();
  while (connections.size() < count && !enough) {
    connections.push_back(e2e::connect_to(port));
    if (!idle) {
      const e2e::Bytes words = garbage(connections.size());
      // Whoever was refused already cannot say it any more.
      static_cast<void>(!::send(connections.back().get(), words.data(), words.size(), MSG_NOSIGNAL));
    }
    const auto due = begin + time * (static_cast<double>(connections.size()) / static_cast<double>(count));
    if (const auto early = due - Clock::now(); early > std::chrono::milliseconds(1))
      pause_for(std::chrono::duration_cast<std::chrono::nanoseconds>(early));
  }
  std::cout << "connected " << connections.size() << " times" << std::endl;
  while (!enough) pause_for(std::chrono::milliseconds(100));
}

}  // namespace blitzen::soak
