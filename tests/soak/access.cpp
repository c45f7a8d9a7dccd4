// Ten thousand tries to get in without the key, and a look at what travels.
#include "net/cluster_key.hpp"
#include "tests/soak/attackers.hpp"
#include "tests/soak/farm.hpp"
#include "tests/support/proxy.hpp"

namespace blitzen::soak {
namespace {

constexpr std::uint64_t all_tries = 10'000;
constexpr std::size_t marker_bytes = 40;
constexpr std::size_t marked_tasks = 50;

std::string echo(const std::string& text) { return text; }

/// Stands in no program, so that the image that travels does not hold it.
std::string make_marker(Trial& trial) {
  std::string marker;
  while (marker.size() < marker_bytes) marker += static_cast<char>('A' + trial.any_of(26));
  return marker;
}

/// Runs marked tasks by way of a proxy, and returns everything that passed, both ways.
testing::Proxy::Recording record_conversation(const e2e::Cluster& cluster, const std::string& marker) {
  testing::Proxy proxy(cluster.port());
  proxy.start_recording();
  DistributedOptions options = cluster.driver();
  options.port = proxy.port();
  DistributedDispatcher driver(options);
  std::vector<Task<std::string>> tasks;
  for (std::size_t i = 0; i < marked_tasks; ++i) tasks.push_back(driver.run(echo, marker));
  for (const auto& outcome : driver.get_results(tasks)) {
    if (outcome.value() != marker) throw testing::DidNotHappen("a task returned something else");
  }
  driver.shutdown();
  return proxy.take_recording();
}

std::size_t count(const std::string& text, const std::string& marker) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(marker, at)) != std::string::npos; at += marker.size()) ++found;
  return found;
}

/// What the server says when it lets somebody in.
std::size_t count_let_in(Farm& farm) { return farm.server().count_lines(" joined| came back"); }

bool says_hello(const e2e::Bytes& answer) {
  return answer.size() >= proto::frame_header_bytes &&
         proto::decode_frame_header(std::span(answer).first<proto::frame_header_bytes>()).packet ==
             proto::PacketNumber::hello;
}

/// Half of the session, then silence: the server closes such a connection by itself, at once or after 5 s.
void replay(std::uint16_t port, const std::string& said) {
  const base::UniqueFd socket = e2e::connect_to(port);
  // What does not arrive is of no use to whoever replays.
  static_cast<void>(!::send(socket.get(), said.data(), said.size(), MSG_NOSIGNAL));
  ::shutdown(socket.get(), SHUT_WR);
  std::array<std::byte, 4096> answer;
  while (::recv(socket.get(), answer.data(), answer.size(), 0) > 0) {
  }
}

void look_at_the_wire(Trial& trial, Farm& farm, const std::string& marker, testing::Proxy::Recording& recorded) {
  recorded = record_conversation(farm.cluster(), marker);
  trial.figures.at_most("payloads readable on the wire",
                        static_cast<double>(count(recorded.said, marker) + count(recorded.answered, marker)), 0);
  e2e::Cluster insecure({"--insecure"});
  insecure.start_client(1);
  const auto readable = record_conversation(insecure, marker);
  trial.figures.at_least("payloads found without encryption",
                         static_cast<double>(count(readable.said, marker) + count(readable.answered, marker)),
                         2 * marked_tasks);
}

}  // namespace

void try_to_get_in(Trial& trial) {
  Farm farm(trial);
  farm.cluster().start_client(2);
  testing::Proxy::Recording recorded;
  look_at_the_wire(trial, farm, make_marker(trial), recorded);
  const auto driver = farm.start_driver({.tasks = tasks_without_end});
  farm.wait_for_executions(10);

  const std::size_t let_in = count_let_in(farm);
  const net::ClusterKey key = net::load_key(farm.cluster().key_file());
  const std::uint16_t port = farm.cluster().port();
  const std::uint64_t tries = trial.scaled(all_tries);
  std::uint64_t accepted = 0;
  constexpr std::array tls_tries{TlsTry::wrong_secret, TlsTry::wrong_identity, TlsTry::no_key, TlsTry::version_1_2};
  constexpr std::uint64_t kinds = tls_tries.size() + 2;
  for (std::uint64_t i = 0; i < tries; ++i) {
    const std::uint64_t kind = i % kinds;
    if (kind < tls_tries.size()) {
      accepted += gets_in(port, tls_tries.at(kind), key) ? 1 : 0;
    } else if (kind == tls_tries.size()) {
      accepted += says_hello(e2e::talk_to(port, plain_hello())) ? 1 : 0;
    } else {
      replay(port, recorded.said);
    }
  }
  farm.wait_for_executions(10);
  trial.figures.tell("tries", static_cast<double>(tries));
  trial.figures.at_most("tries accepted, as the attacker sees it", static_cast<double>(accepted), 0);
  trial.figures.at_most("tries accepted, as the server says", static_cast<double>(count_let_in(farm) - let_in), 0);
  farm.finish(driver);
  static_cast<void>(farm.check());
}

}  // namespace blitzen::soak
