// Channels whose two ends agree, or do not, on compression.
#include <asio/write.hpp>

#include "net/channel.hpp"
#include "net/packet_queue.hpp"
#include "network_rig.hpp"
#include "proto/codec.hpp"
#include "proto/frame.hpp"
#include "sample_content.hpp"

namespace blitzen::net {
namespace {

/// A compressed frame of one packet.
std::vector<std::byte> compressed_frame(std::span<const std::byte> body) {
  PacketQueue queue{true};
  auto& out = queue.begin();
  out.insert(out.end(), body.begin(), body.end());
  queue.commit(proto::PacketNumber::image);
  const auto bytes = queue.front();
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> image_body(std::span<const std::byte> content) {
  std::vector<std::byte> body;
  proto::encode(proto::Image{.content = content}, body);
  return body;
}

TEST_CASE("a channel is compressed when both ends want it to be") {
  NetworkRig rig;
  rig.server_compression = rig.client_compression = Compression::on;
  rig.join(GENERATE(true, false) ? std::optional{test_key()} : std::nullopt);
  CHECK(rig.server->compressed());
  CHECK(rig.client->compressed());
  const auto content = text_like(3'000'000, 1);
  rig.client->send(proto::Image{.content = content});
  rig.server->send(proto::Image{.content = std::span{content}.first(100'000)});
  rig.run_until([&] { return rig.server_witness->packets.size() == 1 && rig.client_witness->packets.size() == 1; });
  CHECK(std::ranges::equal(rig.server_witness->packets[0].body.bytes(), image_body(content)));
  CHECK(std::ranges::equal(rig.client_witness->packets[0].body.bytes(), image_body(std::span{content}.first(100'000))));
}

TEST_CASE("a channel is not compressed when one end does not want it to be") {
  NetworkRig rig;
  const bool server = GENERATE(true, false);
  rig.server_compression = server ? Compression::on : GENERATE(Compression::automatic, Compression::off);
  rig.client_compression = server ? GENERATE(Compression::automatic, Compression::off) : Compression::on;
  rig.join(test_key());
  CHECK_FALSE(rig.server->compressed());
  CHECK_FALSE(rig.client->compressed());
  const auto content = text_like(1'000'000, 1);
  rig.client->send(proto::Image{.content = content});
  rig.server->send(proto::Image{.content = content});
  rig.run_until([&] { return rig.server_witness->packets.size() == 1 && rig.client_witness->packets.size() == 1; });
}

TEST_CASE("compressed frames go to peers that said they take them, and to no others") {
  NetworkRig rig;
  rig.server_compression = Compression::on;
  const bool offered = GENERATE(true, false);
  const auto peer = rig.raw_client_past_hello(offered);
  peer->read_all();
  const auto content = text_like(100'000, 1);
  rig.server->send(proto::Image{.content = content});
  rig.server->close(proto::GoodbyeReason::stopping, "the server stops");
  rig.run_until([&] { return peer->ended; });
  CHECK((peer->received.size() < content.size()) == offered);
}

TEST_CASE("a peer that compresses without having agreed on it is told so and dropped") {
  NetworkRig rig;
  const bool server_offers = GENERATE(true, false);
  rig.server_compression = server_offers ? Compression::on : Compression::off;
  const auto peer = rig.raw_client_past_hello(!server_offers);
  asio::write(peer->socket, asio::buffer(compressed_frame(image_body(text_like(10'000, 1)))));
  peer->read_all();
  rig.run_until([&] { return peer->ended; });
  CHECK_THAT(std::string{base::as_text(peer->received)}, Catch::Contains("was not agreed on"));
  CHECK(rig.server_witness->packets.empty());
}

TEST_CASE("a peer whose compressed frame lies about its size is told so and dropped") {
  NetworkRig rig;
  rig.server_compression = Compression::on;
  const auto peer = rig.raw_client_past_hello(true);
  auto frame = compressed_frame(image_body(text_like(10'000, 1)));
  frame[proto::frame_header_bytes + 3] = std::byte{0xFF};
  asio::write(peer->socket, asio::buffer(frame));
  peer->read_all();
  rig.run_until([&] { return peer->ended; });
  CHECK_THAT(std::string{base::as_text(peer->received)}, Catch::Contains("is over the limit"));
  CHECK(rig.server_witness->packets.empty());
}

TEST_CASE("what decompresses to very much is taken in several turns, so that others have theirs in between") {
  NetworkRig rig;
  rig.server_compression = rig.client_compression = Compression::on;
  rig.join(test_key());
  std::size_t arrived = 0;
  rig.server_witness->on_packet = [&](Channel&) {
    ++arrived;
    rig.server_witness->packets.clear();
  };
  const std::vector<std::byte> zeros(260'000);
  constexpr std::size_t count = 1'500;
  for (std::size_t i = 0; i < count; ++i) rig.client->send(proto::Image{.content = zeros});
  const std::size_t bytes = rig.client->unsent_bytes();
  CHECK(bytes < 512 * 1024);
  rig.run_until([&] { return arrived == count; });
  constexpr std::size_t tls_record_bytes = 16 * 1024;
  CHECK(rig.server_witness->batches >= bytes / tls_record_bytes);
}

TEST_CASE("a Hello must not be compressed") {
  NetworkRig rig;
  rig.server_compression = Compression::on;
  rig.accept(rig.acceptor_options({}));
  const auto peer = rig.raw_client();
  auto bytes = hello_frame({.version = 1, .oldest_version = 1, .role = proto::Role::client, .compression = true});
  bytes[6] = std::byte{5};
  asio::write(peer->socket, asio::buffer(bytes));
  peer->read_all();
  rig.run_until([&] { return peer->ended && !rig.refusals.empty(); });
  CHECK(rig.server == nullptr);
}

}  // namespace
}  // namespace blitzen::net
