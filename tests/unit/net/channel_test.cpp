#include "net/channel.hpp"

#include <asio/post.hpp>
#include <asio/write.hpp>

#include "network_rig.hpp"
#include "proto/codec.hpp"
#include "proto/frame.hpp"

namespace blitzen::net {
namespace {

using Catch::Contains;

template <class Packet>
Packet decoded(const Witness::Arrival& arrival) {
  Packet packet;
  proto::decode(arrival.body.bytes(), packet);
  return packet;
}

/// A packet of `size` bytes whose content tells its number.
proto::Image image_of(std::vector<std::byte>& content, std::size_t size, unsigned char fill) {
  content.assign(size, std::byte{fill});
  return {.content = content};
}

TEST_CASE("packets arrive in order, whole, and those of one turn as one batch") {
  NetworkRig rig;
  rig.join(GENERATE(true, false) ? std::optional{test_key()} : std::nullopt);
  for (std::uint64_t i = 0; i < 1000; ++i) rig.client->send(proto::AcceptTasks{.below = i});
  CHECK(rig.client->unsent_bytes() == 1000 * 18);
  CHECK(rig.server_witness->packets.empty());
  rig.run_until([&] { return rig.server_witness->packets.size() == 1000; });
  for (std::uint64_t i = 0; i < 1000; ++i) {
    REQUIRE(decoded<proto::AcceptTasks>(rig.server_witness->packets[i]).below == i);
  }
  CHECK(rig.server_witness->batches < 20);
  CHECK(rig.client->unsent_bytes() == 0);
  CHECK(rig.client_witness->drained == 1);
}

TEST_CASE("an emptied queue is told even when its last write fills a turn of the event loop") {
  NetworkRig rig;
  rig.timing.heartbeat_interval = std::chrono::hours{1};  // nothing else may prompt it
  rig.timing.silence_max = std::chrono::hours{5};
  rig.join(GENERATE(true, false) ? std::optional{test_key()} : std::nullopt);
  for (std::uint64_t i = 0; i < 40'000; ++i) rig.client->send(proto::AcceptTasks{.below = i});
  rig.run_until([&] { return rig.client_witness->drained == 1; });
  CHECK(rig.client->unsent_bytes() == 0);
}

TEST_CASE("a peer has to wait while nothing is read, and everything arrives afterwards") {
  NetworkRig rig;
  rig.join(GENERATE(true, false) ? std::optional{test_key()} : std::nullopt);
  std::vector<std::byte> content;
  constexpr std::size_t bytes = 64 * 1024 * 1024;  // more than sockets hold
  rig.server_witness->on_packet = [](Channel& channel) { channel.hold_reading(true); };
  rig.client->send(proto::AcceptTasks{.below = 1});
  rig.run_until([&] { return rig.server_witness->packets.size() == 1; });
  rig.client->send(image_of(content, bytes, 9));
  // What the server says gets through all the same.
  rig.server->send(proto::RecallTasks{.count = 7});
  rig.run_until([&] { return rig.client_witness->packets.size() == 1; });
  rig.run_until([&] { return rig.io.poll() == 0; });
  CHECK(rig.client->unsent_bytes() > bytes / 2);
  CHECK(rig.server_witness->packets.size() == 1);
  rig.server_witness->on_packet = nullptr;
  rig.server->hold_reading(false);
  rig.run_until([&] { return rig.server_witness->packets.size() == 2; });
  CHECK(rig.client->unsent_bytes() == 0);
}

TEST_CASE("both directions work at once") {
  NetworkRig rig;
  rig.join(test_key());
  rig.server_witness->on_packet = [](Channel& channel) { channel.send(proto::RecallTasks{.count = 7}); };
  for (int i = 0; i < 100; ++i) rig.client->send(proto::AcceptTasks{});
  rig.run_until([&] { return rig.client_witness->packets.size() == 100; });
}

TEST_CASE("a large packet arrives whole and small ones pass it") {
  NetworkRig rig;
  rig.join(GENERATE(true, false) ? std::optional{test_key()} : std::nullopt);
  std::vector<std::byte> content;
  rig.client->send(image_of(content, 20 * 1024 * 1024, 9));
  rig.client->send(proto::AcceptTasks{.below = 1});
  rig.run_until([&] { return rig.server_witness->packets.size() == 2; });
  CHECK(rig.server_witness->packets[0].number == proto::PacketNumber::accept_tasks);
  const auto image = decoded<proto::Image>(rig.server_witness->packets[1]);
  CHECK(std::equal(image.content.begin(), image.content.end(), content.begin(), content.end()));
}

TEST_CASE("more large packets than streams all arrive") {
  NetworkRig rig;
  rig.join(test_key());
  std::vector<std::byte> content;
  constexpr unsigned packets = 2U * proto::streams_max + 1;
  for (unsigned i = 0; i < packets; ++i)
    rig.client->send(image_of(content, 600'000 + i, static_cast<unsigned char>(i)));
  rig.run_until([&] { return rig.server_witness->packets.size() == packets; });
  for (std::size_t i = 0; i < rig.server_witness->packets.size(); ++i) {
    const auto image = decoded<proto::Image>(rig.server_witness->packets[i]);
    REQUIRE(image.content.size() == 600'000U + std::to_integer<unsigned>(image.content.front()));
  }
}

TEST_CASE("a packet larger than the peer accepts is an error and nothing is sent") {
  NetworkRig rig;
  auto accepting = rig.acceptor_options(test_key());
  accepting.hello.packet_bytes_max = 1000;
  rig.accept(accepting);
  rig.connect(rig.connector_options(test_key(), rig.acceptor->port()));
  rig.run_until([&] { return rig.client && rig.server; });
  std::vector<std::byte> content;
  try {
    rig.client->send(image_of(content, 1000, 1));
    FAIL("the packet was taken");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::too_large);
    CHECK_THAT(error.what(), Contains("more than") && Contains("accepts (1000)"));
  }
  CHECK(rig.client->unsent_bytes() == 0);
  rig.client->send(proto::AcceptTasks{});
  rig.run_until([&] { return rig.server_witness->packets.size() == 1; });
}

TEST_CASE("goodbye is heard after everything that was sent before, large packets included") {
  NetworkRig rig;
  rig.join(test_key());
  std::vector<std::byte> content;
  rig.client->send(image_of(content, 3'000'000, 1));
  rig.client->send(proto::AcceptTasks{});
  rig.client->close(proto::GoodbyeReason::stopping, "the client stops");
  rig.client->send(proto::AcceptTasks{});
  rig.run_until([&] { return rig.server_witness->closed && rig.client_witness->closed; });
  CHECK(rig.server_witness->packets.size() == 2);
  CHECK(rig.server_witness->closed->orderly);
  CHECK(rig.server_witness->closed->sentence == "the client stops");
  CHECK(rig.client_witness->closed->orderly);
}

TEST_CASE("both sides know the reason of a goodbye") {
  NetworkRig rig;
  rig.join(test_key());
  rig.server->close(proto::GoodbyeReason::revive_limit, "too many timeouts");
  rig.run_until([&] { return rig.server_witness->closed && rig.client_witness->closed; });
  CHECK(rig.client_witness->closed->goodbye == proto::GoodbyeReason::revive_limit);
  CHECK(rig.server_witness->closed->goodbye == proto::GoodbyeReason::revive_limit);
  CHECK_FALSE(rig.client_witness->closed->orderly);
}

TEST_CASE("a peer that vanishes is noticed at once") {
  NetworkRig rig;
  rig.join(GENERATE(true, false) ? std::optional{test_key()} : std::nullopt);
  rig.client->abort();
  CHECK_FALSE(rig.client_witness->closed);
  rig.run_until([&] { return rig.server_witness->closed && rig.client_witness->closed; });
  CHECK_FALSE(rig.server_witness->closed->orderly);
  CHECK(rig.server_witness->closed->code == ErrorCode::connection_lost);
}

TEST_CASE("heartbeats keep an idle channel open") {
  NetworkRig rig;
  rig.timing.heartbeat_interval = std::chrono::milliseconds{2};
  rig.join(test_key());
  rig.run_until([&] { return rig.server_witness->heard >= 5 && rig.client_witness->heard >= 5; });
  CHECK(rig.server_witness->packets.empty());
  CHECK(rig.server_witness->batches == 0);
  CHECK_FALSE(rig.server_witness->closed);
}

TEST_CASE("a peer that goes silent is lost") {
  NetworkRig rig;
  rig.timing.silence_max = std::chrono::milliseconds{20};
  const auto peer = rig.raw_client_past_hello();
  peer->read_all();
  rig.run_until([&] { return rig.server_witness->closed.has_value(); });
  CHECK(rig.server_witness->closed->code == ErrorCode::connection_lost);
  CHECK_THAT(rig.server_witness->closed->sentence, Contains("went silent for 20 ms"));
}

TEST_CASE("a peer that sends but stops reading is lost") {
  NetworkRig rig;
  rig.timing.silence_max = std::chrono::milliseconds{200};
  const auto peer = rig.raw_client_past_hello();
  // More than any socket's buffers hold.
  const std::vector<std::byte> body(32 * 1024 * 1024);
  rig.server->send_body(proto::PacketNumber::image, body);
  std::vector<std::byte> heartbeat;
  proto::encode(proto::Heartbeat{}, heartbeat);
  const auto bytes = frame(proto::PacketNumber::heartbeat, heartbeat);
  const std::function<void()> beat = [&] {
    asio::async_write(peer->socket, asio::buffer(bytes), [&](const asio::error_code& error, std::size_t) {
      if (!error && !rig.server_witness->closed) asio::post(rig.io, beat);
    });
  };
  beat();
  rig.run_until([&] { return rig.server_witness->closed.has_value(); });
  CHECK_THAT(rig.server_witness->closed->sentence, Contains("has taken no data for 200 ms"));
}

TEST_CASE("a listener that cannot decode a packet ends the channel, and both sides know why") {
  NetworkRig rig;
  rig.join(test_key());
  rig.server_witness->on_packet = [](Channel&) { throw proto::DecodeError("a count is larger than it may be"); };
  rig.client->send(proto::AcceptTasks{});
  rig.run_until([&] { return rig.server_witness->closed && rig.client_witness->closed; });
  CHECK_THAT(rig.client_witness->closed->sentence, Contains("a count is larger than it may be"));
  CHECK_THAT(rig.server_witness->closed->sentence, Contains("a count is larger than it may be"));
  CHECK_FALSE(rig.server_witness->closed->orderly);
}

TEST_CASE("a broken frame, a second Hello and a packet over the limit end the channel") {
  NetworkRig rig;
  const auto peer = rig.raw_client_past_hello();
  std::vector<std::byte> bytes;
  SECTION("a broken frame") { bytes = std::vector<std::byte>(8, std::byte{0xFF}); }
  SECTION("a second Hello") { bytes = hello_frame({.version = 1, .oldest_version = 1}); }
  SECTION("a packet over the limit") {
    bytes = std::vector<std::byte>(16, std::byte{0xFF});
    const auto header = proto::encode_frame_header(
        {.body_bytes = 8, .packet = proto::PacketNumber::image, .part = proto::FramePart::first, .stream = 1});
    std::copy(header.begin(), header.end(), bytes.begin());
  }
  asio::write(peer->socket, asio::buffer(bytes));
  peer->read_all();
  rig.run_until([&] { return peer->ended; });
  CHECK_THAT(std::string{base::as_text(peer->received)}, Contains("cannot be understood"));
  peer->close();
  rig.run_until([&] { return rig.server_witness->closed.has_value(); });
}

TEST_CASE("any other exception of a listener is a bug and comes out of run()") {
  NetworkRig rig;
  rig.join(test_key());
  rig.server_witness->on_packet = [](Channel&) { throw std::logic_error("a bug"); };
  rig.client->send(proto::AcceptTasks{});
  CHECK_THROWS_WITH(rig.run_until([] { return false; }), "a bug");
}

TEST_CASE("a channel whose listener is gone ends by itself") {
  NetworkRig rig;
  rig.join(test_key());
  rig.server_witness.reset();
  rig.client->send(proto::AcceptTasks{});
  rig.run_until([&] { return rig.client_witness->closed.has_value(); });
}

TEST_CASE("a goodbye that the peer never answers ends all the same") {
  NetworkRig rig;
  rig.timing.farewell_max = std::chrono::milliseconds{20};
  const auto peer = rig.raw_client_past_hello();
  rig.server->close(proto::GoodbyeReason::stopping, "the server stops");
  rig.run_until([&] { return rig.server_witness->closed.has_value(); });
  CHECK(rig.server_witness->closed->orderly);
}

TEST_CASE("packets sent from inside a callback are sent too") {
  NetworkRig rig;
  rig.join(test_key());
  bool answered = false;
  rig.server_witness->on_packet = [&](Channel& channel) {
    channel.send(proto::RecallTasks{.count = 1});
    channel.close(proto::GoodbyeReason::revive_limit, "too many timeouts");
    answered = true;
  };
  rig.client->send(proto::AcceptTasks{});
  rig.run_until([&] { return rig.client_witness->closed.has_value(); });
  CHECK(answered);
  CHECK(rig.client_witness->packets.size() == 1);
  CHECK(rig.client_witness->closed->sentence == "too many timeouts");
  CHECK_FALSE(rig.client_witness->closed->orderly);
}

}  // namespace
}  // namespace blitzen::net
