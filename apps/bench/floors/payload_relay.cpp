#include <cstdint>
#include <vector>

#include "apps/bench/floors/measure.hpp"
#include "apps/bench/system/calls.hpp"
#include "apps/bench/system/child.hpp"
#include "blitzen/error.hpp"

namespace blitzen::bench::floors {
namespace {

constexpr std::size_t message_bytes = 1024 * 1024;

using Message = std::vector<std::uint64_t>;

Message make_message() { return Message(message_bytes / sizeof(std::uint64_t)); }

void receive(int fd, Message& message) { read_all(fd, std::as_writable_bytes(std::span{message})); }
void send(int fd, const Message& message) { write_all(fd, std::as_bytes(std::span{message})); }

void store_and_forward(int driver, int agent) {
  Message message = make_message();
  for (;;) {
    receive(driver, message);
    send(agent, message);
    receive(agent, message);
    send(driver, message);
  }
}

void answer(int relay) {
  Message message = make_message();
  for (;;) {
    receive(relay, message);
    ++message.front();
    ++message.back();
    send(relay, message);
  }
}

}  // namespace

double payload_relay(std::size_t requests) {
  const Connection driver_relay = tcp_connection();
  const Connection relay_agent = tcp_connection();
  const int driver = driver_relay.first.get();
  const Child answering{[&] { answer(relay_agent.second.get()); }};
  const Child relaying{[&] { store_and_forward(driver_relay.second.get(), relay_agent.first.get()); }};
  Message message = make_message();
  std::uint64_t answers = 0;
  const auto request = [&] {
    send(driver, message);
    receive(driver, message);
    ++answers;
    if (message.front() != answers || message.back() != answers)
      throw Error(ErrorCode::system, "a message of a floor's relay came through wrong");
  };
  request();  // warms up
  const auto begin = now_ns();
  for (std::size_t i = 0; i < requests; ++i) request();
  const double seconds = static_cast<double>(now_ns() - begin) / 1e9;
  return 2 * static_cast<double>(requests) / seconds;  // each message is one MiB
}

}  // namespace blitzen::bench::floors
