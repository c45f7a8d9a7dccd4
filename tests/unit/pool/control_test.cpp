#include "pool/control.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>

namespace blitzen::pool {
namespace {

/// A socket as between the pool and a zygote.
struct Line {
  Line() {
    std::array<int, 2> pair{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) == 0);
    pool.reset(pair[0]);
    zygote.reset(pair[1]);
  }

  base::UniqueFd pool;
  base::UniqueFd zygote;
};

}  // namespace

TEST_CASE("a control message arrives as it was sent") {
  const Line line;
  const base::UniqueFd one{::eventfd(0, EFD_CLOEXEC)};
  const base::UniqueFd other{::eventfd(0, EFD_CLOEXEC)};
  ControlMessage sent;
  sent.kind = ControlKind::died;
  sent.ticket = 1;
  sent.process = 2;
  sent.code = -3;
  sent.bytes = 1ULL << 40;
  sent.text = "why";
  REQUIRE(send_control(line.zygote.get(), sent, {one.get(), other.get()}));

  ControlMessage received;
  REQUIRE(receive_control(line.pool.get(), received) == Receipt::message);
  CHECK(received.kind == ControlKind::died);
  CHECK(received.ticket == 1);
  CHECK(received.process == 2);
  CHECK(received.code == -3);
  CHECK(received.bytes == 1ULL << 40);
  CHECK(received.text == "why");
  CHECK(received.descriptors.size() == 2);
}

TEST_CASE("of a message that was received before nothing is left") {
  const Line line;
  const base::UniqueFd descriptor{::eventfd(0, EFD_CLOEXEC)};
  ControlMessage message;
  message.kind = ControlKind::open;
  message.text.assign(control_text_bytes_max, 'x');
  REQUIRE(send_control(line.pool.get(), message, {descriptor.get()}));
  REQUIRE(send_control(line.pool.get(), ControlMessage{}));

  REQUIRE(receive_control(line.zygote.get(), message) == Receipt::message);
  CHECK(message.text == std::string(control_text_bytes_max, 'x'));
  REQUIRE(receive_control(line.zygote.get(), message) == Receipt::message);
  CHECK(message.text.empty());
  CHECK(message.descriptors.empty());
}

TEST_CASE("a longer text is cut") {
  const Line line;
  ControlMessage message;
  message.text.assign(control_text_bytes_max + 1, 'x');
  REQUIRE(send_control(line.pool.get(), message));
  REQUIRE(receive_control(line.zygote.get(), message) == Receipt::message);
  CHECK(message.text.size() == control_text_bytes_max);
}

TEST_CASE("nothing, a closed line and what is no message are told apart") {
  Line line;
  ControlMessage message;
  CHECK(receive_control(line.zygote.get(), message, MSG_DONTWAIT) == Receipt::nothing);
  REQUIRE(::send(line.pool.get(), "x", 1, 0) == 1);
  CHECK(receive_control(line.zygote.get(), message) == Receipt::closed);
  line.pool.reset();
  CHECK(receive_control(line.zygote.get(), message) == Receipt::closed);
}

}  // namespace blitzen::pool
