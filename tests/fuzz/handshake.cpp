// The first bytes of a connection, from either side, with and without a key: whatever a stranger sends, in pieces of
// any size, ends in one Hello that makes sense or one sentence, with hardly any memory.
#include <sys/socket.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <iterator>
#include <utility>

#include "base/shared_bytes.hpp"
#include "net/handshake.hpp"
#include "proto/codec.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/counting_new.hpp"

namespace blitzen::fuzz {
namespace {

using net::Side;

constexpr std::uint8_t flag_client = 1;  ///< The stranger is a server.
constexpr std::uint8_t flag_key = 2;

/// More is not read before a Hello was understood.
constexpr std::size_t sent_bytes_max = 16 * 1024;

/// The last piece is what is left: each takes system calls, and it is the beginning that is read bit by bit.
constexpr int pieces_max = 16;

const net::TlsContext& tls_of(Side side) {
  static const net::ClusterKey key{[] {
    std::array<std::byte, net::ClusterKey::bytes> secret{};
    secret.fill(std::byte{7});
    return secret;
  }()};
  static const net::TlsContext server{Side::server, key};
  static const net::TlsContext client{Side::client, key};
  return side == Side::server ? server : client;
}

net::HandshakeOptions options_of(Side side, bool has_key) {
  net::HandshakeOptions options{.side = side,
                                .tls = has_key ? &tls_of(side) : nullptr,
                                .hello = {},
                                .peer = "192.0.2.1:50000",
                                .deadline = std::chrono::steady_clock::now() + std::chrono::hours{1},
                                .farewell_max = std::chrono::hours{1}};
  options.hello.role = side == Side::server ? proto::Role::server : proto::Role::driver;
  net::complete_hello(options.hello);
  return options;
}

/// A handshake, and the other end of its connection.
class Meeting {
 public:
  Meeting(asio::io_context& io, Side side, bool has_key) : io_(io), side_(side) {
    int ends[2];
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0, "there are no sockets");
    stranger_ = ends[1];
    asio::ip::tcp::socket socket{io};
    socket.assign(asio::ip::tcp::v4(), ends[0]);
    auto handshake = std::make_shared<net::Handshake>(
        net::Stream{std::move(socket)}, options_of(side, has_key),
        [this](const net::Stream&, const proto::Hello& hello) { opened(hello); },
        [this](const Error& error) {
          ++ends_;
          require(*error.what() != '\0', "a handshake fails without a sentence");
        });
    handshake_ = handshake;
    handshake->start();
  }
  Meeting(const Meeting&) = delete;
  Meeting& operator=(const Meeting&) = delete;
  ~Meeting() { ::close(stranger_); }

  void send(std::span<const std::byte> bytes) {
    // Who was refused already cannot send any more. What it is told fits into the socket.
    static_cast<void>(::send(stranger_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    settle();
  }

  void hang_up() {
    ::shutdown(stranger_, SHUT_WR);
    settle();
    read();
    settle();
    require(ends_ == 1, "a handshake does not end, or ends twice");
    require(handshake_.expired(), "a handshake that is over is kept");
  }

 private:
  void settle() {
    constexpr int rounds_max = 1000;
    int rounds = 0;
    io_.restart();
    while (io_.poll_one() > 0) require(++rounds < rounds_max, "a handshake never comes to rest");
  }

  void read() {
    std::byte room[4096];
    while (::recv(stranger_, room, sizeof room, 0) > 0) {
    }
  }

  void opened(const proto::Hello& hello) {
    ++ends_;
    require((hello.role == proto::Role::server) == (side_ == Side::client), "two of a kind have met");
    Bytes once;
    proto::encode(hello, once);
    proto::Hello again;
    proto::decode(once, again);
    Bytes twice;
    proto::encode(again, twice);
    require(once == twice, "a Hello changes when it is read again");
  }

  asio::io_context& io_;
  Side side_;
  int stranger_ = -1;
  int ends_ = 0;
  std::weak_ptr<net::Handshake> handshake_;
};

void append_frame(Bytes& bytes, proto::PacketNumber number, std::span<const std::byte> body) {
  const auto header =
      proto::encode_frame_header({.body_bytes = static_cast<std::uint32_t>(body.size()), .packet = number});
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), body.begin(), body.end());
}

Bytes begin(std::uint8_t flags, std::uint8_t piece) { return {static_cast<std::byte>(flags), std::byte{piece}}; }

}  // namespace

void try_input(std::span<const std::byte> input) {
  // Making an event loop takes longer than a handshake. Each handshake leaves it empty.
  static asio::io_context io{1};
  InputReader reader{input};
  const auto flags = reader.number<std::uint8_t>();
  const std::size_t piece = std::size_t{1} + reader.number<std::uint8_t>();
  const Side side = (flags & flag_client) != 0 ? Side::client : Side::server;
  static_cast<void>(tls_of(side));
  const testing::AllocationMeter meter;
  Meeting meeting{io, side, (flags & flag_key) != 0};
  auto bytes = reader.take(sent_bytes_max);
  const std::size_t came = bytes.size();
  for (int i = 1; !bytes.empty(); ++i) {
    const auto part = bytes.first(i < pieces_max ? std::min(piece, bytes.size()) : bytes.size());
    meeting.send(part);
    bytes = bytes.subspan(part.size());
  }
  meeting.hang_up();
  require(meter.peak_bytes() <= allocation_bytes_max(came), "a handshake took too much memory");
}

std::vector<Seed> seeds() {
  std::vector<Seed> all;
  for (std::uint8_t flags = 0; flags < 4; ++flags) {
    const std::string kind = ", " + std::to_string(flags);
    for (const proto::Role role : {proto::Role::server, proto::Role::driver, proto::Role::client}) {
      for (const bool old : {false, true}) {
        proto::Hello hello;
        hello.role = role;
        if (old) hello.version = hello.oldest_version = 100;
        net::complete_hello(hello);
        Bytes body;
        proto::encode(hello, body);
        Bytes input = begin(flags, 5);
        append_frame(input, proto::PacketNumber::hello, body);
        all.push_back({"hello" + kind, std::move(input)});
      }
    }
    for (const Seed& golden : golden_packets()) {
      const std::uint16_t number = packet_number_of(golden.name);
      if (number == 0 || number > static_cast<std::uint16_t>(proto::PacketNumber::heartbeat)) continue;
      Bytes input = begin(flags, 255);
      append_frame(input, proto::PacketNumber{number}, golden.input);
      all.push_back({golden.name + kind, std::move(input)});
    }
    for (const char type : {'\x14', '\x15', '\x16', '\x17'}) {
      Bytes input = begin(flags, 2);
      const std::string record = type + std::string{"\3\1\0\5\1\0\0\1\3", 9};
      const auto bytes = base::as_bytes(record);
      input.insert(input.end(), bytes.begin(), bytes.end());
      all.push_back({"a TLS record" + kind, std::move(input)});
    }
  }
  return all;
}

}  // namespace blitzen::fuzz
