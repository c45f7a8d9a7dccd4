#include <openssl/ec.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/resource.h>
#include <unistd.h>

#include <asio/write.hpp>
#include <thread>

#include "base/unique_fd.hpp"
#include "net/tls.hpp"
#include "network_rig.hpp"
#include "proto/codec.hpp"
#include "proto/frame.hpp"

namespace blitzen::net {
namespace {

using Catch::Contains;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

/// Speaks perfect TLS 1.3, with a certificate of its own making and without the key.
class CertificateServer {
 public:
  CertificateServer()
      : key_(EVP_EC_gen("P-256")), certificate_(X509_new()), context_(SSL_CTX_new(TLS_server_method())) {
    X509_set_version(certificate_.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate_.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate_.get()), 3600);
    X509_set_pubkey(certificate_.get(), key_.get());
    REQUIRE(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0);
    REQUIRE(SSL_CTX_use_certificate(context_.get(), certificate_.get()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context_.get(), key_.get()) == 1);
  }
  ~CertificateServer() {
    if (thread_.joinable()) thread_.join();
  }

  /// Goes through the handshake, in a thread that ends when the connection does.
  void serve(RawPeer& peer) {
    peer.socket.native_non_blocking(false);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), peer.socket.native_handle());
    thread_ = std::thread([this] { SSL_accept(ssl_.get()); });
  }

 private:
  std::unique_ptr<EVP_PKEY, Free> key_;
  std::unique_ptr<X509, Free> certificate_;
  std::unique_ptr<SSL_CTX, Free> context_;
  SslPointer ssl_;
  std::thread thread_;
};

/// While it lives this process can open nothing more.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const base::UniqueFd lowest_free{::dup(0)};
    const rlimit limit{.rlim_cur = static_cast<rlim_t>(lowest_free.get()), .rlim_max = before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  }
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

proto::Hello hello_of(proto::Role role, std::uint16_t version, std::uint16_t oldest) {
  return {.version = version, .oldest_version = oldest, .role = role, .packet_bytes_max = 1024 * 1024};
}

TEST_CASE("a client and a server with one key meet and know each other's Hello") {
  NetworkRig rig;
  rig.join(test_key());
  CHECK(rig.client->peer().role == proto::Role::server);
  CHECK(rig.client->peer().epoch == 42);
  CHECK(rig.client->peer().version == proto::protocol_version);
  CHECK(rig.server->peer().role == proto::Role::client);
  CHECK(rig.server->peer().slots == 3);
  CHECK_FALSE(rig.server->peer().host.empty());
  CHECK(rig.client->peer_address() == "127.0.0.1:" + std::to_string(rig.acceptor->port()));
  CHECK(rig.refusals.empty());
}

TEST_CASE("without a key both sides meet on loopback") {
  NetworkRig rig;
  rig.join({});
  CHECK(rig.server->peer().slots == 3);
}

TEST_CASE("a server can be named, not only numbered") {
  NetworkRig rig;
  rig.accept(rig.acceptor_options(test_key()));
  auto options = rig.connector_options(test_key(), rig.acceptor->port());
  options.server = "localhost";
  rig.connect(options);
  rig.run_until([&] { return rig.client && rig.server; });
}

TEST_CASE("IPv6 works like IPv4") {
  NetworkRig rig;
  auto accepting = rig.acceptor_options(test_key());
  const auto address = GENERATE("::1", "[::1]");
  accepting.address = address;
  try {
    rig.accept(accepting);
  } catch (const Error& error) {
    WARN("this machine has no IPv6 loopback: " << error.what());
    return;
  }
  auto connecting = rig.connector_options(test_key(), rig.acceptor->port());
  connecting.server = address;
  rig.connect(connecting);
  rig.run_until([&] { return rig.client && rig.server; });
  CHECK(rig.client->peer_address() == "[::1]:" + std::to_string(rig.acceptor->port()));
}

TEST_CASE("another key is told from no server") {
  NetworkRig rig;
  rig.accept(rig.acceptor_options(test_key(1)));
  const Error error = rig.fail_to_connect(test_key(2), rig.acceptor->port());
  CHECK(error.code() == ErrorCode::wrong_key);
  CHECK_THAT(error.what(), Contains("holds another cluster key") && Contains("--key-file"));
  rig.run_until([&] { return !rig.refusals.empty(); });
  CHECK_THAT(rig.refusals.front(), Contains("does not hold this server's cluster key"));
  CHECK_FALSE(rig.server);
}

TEST_CASE("a program without a key learns that the server wants one") {
  NetworkRig rig;
  rig.accept(rig.acceptor_options(test_key()));
  const Error error = rig.fail_to_connect({}, rig.acceptor->port());
  CHECK(error.code() == ErrorCode::wrong_key);
  CHECK_THAT(error.what(), Contains("wants its cluster key"));
  rig.run_until([&] { return !rig.refusals.empty(); });
  CHECK_THAT(rig.refusals.front(), Contains("without encryption"));
}

TEST_CASE("a Hello that starts like TLS by chance is refused like any other without a key") {
  NetworkRig rig;
  rig.accept(rig.acceptor_options(test_key()));
  auto options = rig.connector_options({}, rig.acceptor->port());
  options.hello.program_version = "0";
  options.hello.architecture = "x";
  const auto bytes_of = [&] {
    proto::Hello hello = options.hello;
    hello.version = 1;
    hello.packet_bytes_max = 1;
    std::vector<std::byte> body;
    proto::encode(hello, body);
    return body.size();
  };
  // The frame's first byte is the low byte of the body's size: make it that of a TLS record.
  options.hello.host.assign(0x116 - bytes_of(), 'h');
  rig.connect(options);
  rig.run_until([&] { return rig.failure.has_value(); });
  CHECK(rig.failure->code() == ErrorCode::wrong_key);
  CHECK_THAT(rig.failure->what(), Contains("wants its cluster key"));
}

TEST_CASE("a program with a key learns that the server is insecure") {
  NetworkRig rig;
  rig.accept(rig.acceptor_options({}));
  const Error error = rig.fail_to_connect(test_key(), rig.acceptor->port());
  CHECK(error.code() == ErrorCode::wrong_key);
  CHECK_THAT(error.what(), Contains("is insecure (--insecure)") && Contains("start the server with a key"));
  rig.run_until([&] { return !rig.refusals.empty(); });
  CHECK_THAT(rig.refusals.front(), Contains("this server is insecure (--insecure)"));
}

TEST_CASE("without a key nothing but loopback is used") {
  NetworkRig rig;
  auto accepting = rig.acceptor_options({});
  accepting.address = "0.0.0.0";
  CHECK_THROWS_WITH(rig.accept(accepting), Contains("loopback only"));
  auto connecting = rig.connector_options({}, 50000);
  connecting.server = "192.0.2.1";
  rig.connect(connecting);
  CHECK_FALSE(rig.failure);  // Callbacks come from the event loop only.
  rig.run_until([&] { return rig.failure.has_value(); });
  CHECK(rig.failure->code() == ErrorCode::invalid_option);
}

TEST_CASE("an address that is none or is taken is an error that says so") {
  NetworkRig rig;
  auto options = rig.acceptor_options(test_key());
  options.address = "here";
  CHECK_THROWS_WITH(rig.accept(options), Contains("\"here\", is no IP address"));
  NetworkRig other;
  other.accept(other.acceptor_options(test_key()));
  options = rig.acceptor_options(test_key());
  options.port = other.acceptor->port();
  CHECK_THROWS_WITH(rig.accept(options), Contains("another blitzen-server"));
}

TEST_CASE("where nothing listens the sentence asks for the port") {
  NetworkRig rig;
  rig.accept(rig.acceptor_options(test_key()));
  const auto port = rig.acceptor->port();
  rig.acceptor.reset();
  const Error error = rig.fail_to_connect(test_key(), port);
  CHECK(error.code() == ErrorCode::cannot_connect);
  CHECK_THAT(error.what(), Contains("127.0.0.1:" + std::to_string(port)) && Contains("refused") &&
                               Contains("is it running, and is this its port?"));
}

TEST_CASE("a name that does not exist cannot be reached") {
  NetworkRig rig;
  auto options = rig.connector_options(test_key(), 50000);
  options.server = "not a host name";
  rig.connect(options);
  rig.run_until([&] { return rig.failure.has_value(); });
  CHECK(rig.failure->code() == ErrorCode::cannot_connect);
}

TEST_CASE("a connector with patience finds a server that starts late") {
  NetworkRig rig;
  rig.accept(rig.acceptor_options(test_key()));
  const auto port = rig.acceptor->port();
  rig.acceptor.reset();
  auto options = rig.connector_options(test_key(), port);
  options.patience = std::chrono::seconds{30};
  options.backoff_first = std::chrono::milliseconds{1};
  options.backoff_last = std::chrono::milliseconds{4};
  rig.connect(options);
  rig.run_until([&] { return rig.retries.size() == 3; });
  auto accepting = rig.acceptor_options(test_key());
  accepting.port = port;
  rig.accept(accepting);
  rig.run_until([&] { return rig.client && rig.server; });
  CHECK_FALSE(rig.failure);
}

TEST_CASE("a connector's last attempt comes at the end of its patience, however long its pauses are") {
  NetworkRig rig;
  rig.accept(rig.acceptor_options(test_key()));
  auto options = rig.connector_options(test_key(), rig.acceptor->port());
  rig.acceptor.reset();
  options.patience = std::chrono::milliseconds{300};
  options.backoff_first = std::chrono::hours{1};
  options.backoff_last = std::chrono::hours{1};
  rig.connect(options);
  rig.run_until([&] { return rig.failure.has_value(); });
  CHECK(rig.retries.size() == 1);
}

TEST_CASE("the longest patience does not end") {
  NetworkRig rig;
  rig.accept(rig.acceptor_options(test_key()));
  auto options = rig.connector_options(test_key(), rig.acceptor->port());
  rig.acceptor.reset();
  options.patience = std::chrono::milliseconds::max();
  options.backoff_first = std::chrono::milliseconds{1};
  rig.connect(options);
  rig.run_until([&] { return rig.retries.size() == 3 || rig.failure; });
  CHECK_FALSE(rig.failure);
}

TEST_CASE("a connector that is cancelled says nothing more") {
  NetworkRig rig;
  auto options = rig.connector_options(test_key(), rig.raw_server([](const auto&) {}));
  rig.connect(options);
  rig.connector->cancel();
  rig.acceptor.reset();
  rig.io.poll();
  CHECK_FALSE(rig.failure);
  CHECK_FALSE(rig.client);
}

TEST_CASE("what answers but is no Blitzen is recognised, with and without a key") {
  const std::string answer =
      GENERATE(as<std::string>{}, "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", std::string(64, '\0'));
  const bool with_key = GENERATE(true, false);
  CAPTURE(answer, with_key);
  NetworkRig rig;
  const auto port = rig.raw_server([&](const std::shared_ptr<RawPeer>& peer) {
    asio::write(peer->socket, asio::buffer(answer));
    peer->read_all();
  });
  const Error error = rig.fail_to_connect(with_key ? std::optional{test_key()} : std::nullopt, port);
  CHECK(error.code() == ErrorCode::not_blitzen);
  CHECK_THAT(error.what(), Contains("does not speak Blitzen's protocol"));
}

TEST_CASE("what listens but says nothing is given up") {
  NetworkRig rig;
  rig.timing.handshake_max = std::chrono::milliseconds{20};
  const auto port = rig.raw_server([](const std::shared_ptr<RawPeer>& peer) { peer->read_all(); });
  const Error error = rig.fail_to_connect(test_key(), port);
  CHECK(error.code() == ErrorCode::not_blitzen);
  CHECK_THAT(error.what(), Contains("said nothing Blitzen knows"));
}

TEST_CASE("what says nothing where the server was before is tried again") {
  NetworkRig rig;
  rig.timing.handshake_max = std::chrono::milliseconds{20};
  const auto port = rig.raw_server([](const std::shared_ptr<RawPeer>& peer) { peer->read_all(); });
  auto options = rig.connector_options(test_key(), port);
  options.was_there = true;
  options.patience.reset();
  rig.connect(options);
  rig.run_until([&] { return rig.retries.size() == 2; });
  CHECK_FALSE(rig.failure);
  CHECK_THAT(rig.retries.front(), Contains("said nothing Blitzen knows"));
}

TEST_CASE("what hangs up during the handshake may come back, so it counts as unreachable") {
  NetworkRig rig;
  const auto port = rig.raw_server([](const std::shared_ptr<RawPeer>& peer) { peer->close(); });
  CHECK(rig.fail_to_connect(test_key(), port).code() == ErrorCode::cannot_connect);
}

TEST_CASE("a newer server and an older program name both versions and whom to update") {
  NetworkRig rig;
  auto accepting = rig.acceptor_options(test_key());
  accepting.hello.version = 9;
  accepting.hello.oldest_version = 7;
  rig.accept(accepting);
  const Error error = rig.fail_to_connect(test_key(), rig.acceptor->port());
  CHECK(error.code() == ErrorCode::version_mismatch);
  CHECK_THAT(error.what(), Contains("protocol version 7 to 9 and this program 1: update this program"));
  rig.run_until([&] { return !rig.refusals.empty(); });
  CHECK_THAT(rig.refusals.front(), Contains("protocol version 1 and this server 7 to 9: update 127.0.0.1"));
}

TEST_CASE("an older server is the one to update") {
  NetworkRig rig;
  auto accepting = rig.acceptor_options({});
  rig.accept(accepting);
  auto connecting = rig.connector_options({}, rig.acceptor->port());
  connecting.hello.version = 3;
  connecting.hello.oldest_version = 2;
  rig.connect(connecting);
  rig.run_until([&] { return rig.failure && !rig.refusals.empty(); });
  CHECK(rig.failure->code() == ErrorCode::version_mismatch);
  CHECK_THAT(rig.failure->what(), Contains("1 and this program 2 to 3: update the server at"));
  CHECK_THAT(rig.refusals.front(), Contains("update this server"));
}

TEST_CASE("a Hello of a later version is understood as far as its versions go") {
  NetworkRig rig;
  rig.accept(rig.acceptor_options({}));
  const auto peer = rig.raw_client();
  auto body = to_bytes("BLTZ");
  for (const int byte : {9, 0, 8, 0, 255, 255, 255}) body.push_back(static_cast<std::byte>(byte));
  asio::write(peer->socket, asio::buffer(frame(proto::PacketNumber::hello, body)));
  peer->read_all();
  rig.run_until([&] { return peer->ended; });
  // The server's own Hello comes first, then Goodbye.
  const std::string_view answer = base::as_text(peer->received);
  CHECK_THAT(std::string{answer}, Contains("BLTZ") && Contains("protocol version 8 to 9 and the server 1"));
}

TEST_CASE("two versions that overlap meet") {
  NetworkRig rig;
  auto accepting = rig.acceptor_options(test_key());
  accepting.hello.version = 5;
  accepting.hello.oldest_version = 1;
  rig.accept(accepting);
  rig.connect(rig.connector_options(test_key(), rig.acceptor->port()));
  rig.run_until([&] { return rig.client && rig.server; });
  CHECK(rig.client->peer().version == 5);
}

TEST_CASE("a peer that does not say Hello properly is refused") {
  NetworkRig rig;
  rig.accept(rig.acceptor_options({}));
  std::vector<std::byte> bytes;
  SECTION("it speaks HTTP") { bytes = to_bytes("GET / HTTP/1.1\r\n\r\n"); }
  SECTION("it starts with another packet") { bytes = frame(proto::PacketNumber::heartbeat, to_bytes("")); }
  SECTION("it lacks the magic") { bytes = frame(proto::PacketNumber::hello, to_bytes("BLITZEN, ANYBODY?")); }
  SECTION("its Hello is too long") {
    bytes = frame(proto::PacketNumber::hello, std::vector<std::byte>(proto::hello_bytes_max + 1));
  }
  SECTION("it calls itself a server") { bytes = hello_frame(hello_of(proto::Role::server, 1, 1)); }
  SECTION("its Hello is cut short") {
    auto body = hello_frame(hello_of(proto::Role::client, 1, 1));
    body.pop_back();
    body[0] = std::byte{static_cast<unsigned char>(body.size() - proto::frame_header_bytes)};
    bytes = body;
  }
  const auto peer = rig.raw_client();
  asio::write(peer->socket, asio::buffer(bytes));
  peer->read_all();
  rig.run_until([&] { return peer->ended; });
  peer->close();
  rig.run_until([&] { return !rig.refusals.empty(); });
  CHECK_THAT(rig.refusals.front(), Contains("does not speak Blitzen's protocol"));
  CHECK_FALSE(rig.server);
}

TEST_CASE("a peer that says nothing, or says it too slowly, is dropped in time") {
  NetworkRig rig;
  rig.timing.handshake_max = std::chrono::milliseconds{20};
  rig.accept(rig.acceptor_options(test_key()));
  const auto silent = rig.raw_client();
  const auto slow = rig.raw_client();
  asio::write(slow->socket, asio::buffer("\x16\x03", 2));
  silent->read_all();
  slow->read_all();
  rig.run_until([&] { return silent->ended && slow->ended; });
  CHECK(rig.refusals.size() == 2);
  CHECK_THAT(rig.refusals.front(), Contains("did not complete the handshake in time"));
}

TEST_CASE("when too many shake hands the oldest makes room") {
  NetworkRig rig;
  auto options = rig.acceptor_options(test_key());
  options.handshakes_max = 2;
  rig.accept(options);
  std::vector<std::shared_ptr<RawPeer>> idle;
  for (int i = 0; i < 3; ++i) {
    idle.push_back(rig.raw_client());
    idle.back()->read_all();
  }
  rig.run_until([&] { return idle.front()->ended; });
  CHECK_FALSE(idle[1]->ended);
  CHECK_FALSE(idle[2]->ended);
  CHECK_THAT(rig.refusals.front(), Contains("too many others"));
  rig.connect(rig.connector_options(test_key(), rig.acceptor->port()));
  rig.run_until([&] { return rig.client && rig.server; });
}

TEST_CASE("a server that shows a certificate instead of the key is not trusted") {
  NetworkRig rig;
  CertificateServer impostor;
  const auto port = rig.raw_server([&](const std::shared_ptr<RawPeer>& peer) { impostor.serve(*peer); });
  const Error error = rig.fail_to_connect(test_key(), port);
  CHECK(error.code() == ErrorCode::not_blitzen);
}

TEST_CASE("running out of descriptors delays peers and loses none") {
  NetworkRig rig;
  rig.accept(rig.acceptor_options(test_key()));
  const auto peer = rig.raw_client();
  peer->read_all();
  {
    const NoMoreDescriptors none;
    rig.run_until([&] { return !rig.refusals.empty(); });
    CHECK_THAT(rig.refusals.front(), Contains("no more connections can be accepted for now"));
  }
  asio::write(peer->socket, asio::buffer("GET /", 5));
  rig.run_until([&] { return peer->ended; });
  peer->close();
  rig.run_until([&] { return rig.refusals.size() == 2; });
}

TEST_CASE("an acceptor that stops drops who is shaking hands and keeps who is through") {
  NetworkRig rig;
  rig.join(test_key());
  const auto peer = rig.raw_client();
  peer->read_all();
  rig.io.poll();
  rig.acceptor->stop();
  rig.run_until([&] { return peer->ended; });
  rig.client->send(proto::AcceptTasks{.below = 1});
  rig.run_until([&] { return rig.server_witness->packets.size() == 1; });
}

}  // namespace
}  // namespace blitzen::net
