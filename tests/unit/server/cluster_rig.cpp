#include "cluster_rig.hpp"

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <chrono>

#include "blitzen/logging.hpp"

namespace blitzen::server {
namespace {

/// How long a test waits for something that should happen at once, before it fails.
constexpr std::chrono::seconds patience{20};

}  // namespace

void Peer::attach(std::shared_ptr<net::Channel> channel, const std::shared_ptr<Peer>& self) {
  channel_ = std::move(channel);
  channel_->listen(self);
}

void Peer::wait_until(const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    io_.restart();
    if (io_.run_one_until(give_up) == 0) FAIL("waited in vain");
  }
}

net::CloseReason Peer::closed() {
  wait_until([this] { return closed_.has_value(); });
  return *closed_;
}

ClusterRig::ClusterRig(ServerOptions options) : server_(complete(std::move(options))) {
  logging::disable();
  server_.start();
}

ServerOptions ClusterRig::complete(ServerOptions options) const {
  bool made = false;
  options.key_file = directory_.path() / key_file_name;
  const net::ClusterKey key = net::load_or_make_key(options.key_file, made);
  options.address = "127.0.0.1";
  options.port = 0;
  options.cache_dir = directory_.path() / "cache";
  return options;
}

std::shared_ptr<Peer> join_server(asio::io_context& io, std::uint16_t port, std::optional<net::ClusterKey> key,
                                  proto::Role role, std::uint32_t slots, const Returning& driver, bool claims) {
  auto peer = std::make_shared<Peer>(io);
  net::ConnectorOptions options;
  options.server = "127.0.0.1";
  options.port = port;
  options.key = std::move(key);
  options.hello.role = role;
  options.hello.host = "testhost";
  options.hello.architecture = "x86_64";
  options.hello.slots = slots;
  options.hello.session = driver.session;
  options.hello.first_task = driver.first_task;
  options.hello.job = driver.job;
  options.hello.attach = driver.attach;
  options.hello.claims = claims;
  bool connected = false;
  std::string problem;
  net::Connector connector(
      io, std::move(options),
      [&](std::shared_ptr<net::Channel> channel) {
        peer->attach(std::move(channel), peer);
        connected = true;
      },
      [&](const Error& error) { problem = error.what(); }, [](const std::string&, std::chrono::milliseconds) {});
  peer->wait_until([&] { return connected || !problem.empty(); });
  if (!connected) FAIL(problem);
  return peer;
}

std::shared_ptr<Peer> ClusterRig::join_driver_with_function(const std::string& name) {
  auto driver = join_driver();
  driver->say(proto::DefineFunctions{{named_function(0, name)}});
  return driver;
}

std::vector<Attempt> ClusterRig::take_attempts(Peer& client, std::size_t count) {
  std::vector<Attempt> attempts;
  while (attempts.size() < count) {
    const auto batch = client.take<proto::AssignTasks>();
    for (const proto::AssignedTask& task : batch->tasks) {
      attempts.push_back({task.id, std::string(base::as_text(task.arguments)), task.function, task.timeout_ns});
    }
  }
  REQUIRE(attempts.size() == count);
  return attempts;
}

std::vector<Outcome> ClusterRig::take_outcomes(Peer& driver, std::size_t count) {
  std::vector<Outcome> outcomes;
  while (outcomes.size() < count) {
    const auto batch = driver.take<proto::ReportOutcomes>();
    for (const proto::ReportedOutcome& reported : batch->outcomes) {
      Outcome outcome{reported.number, reported.outcome, std::string(base::as_text(reported.content)), {}};
      if (outcome.outcome != proto::Outcome::value) proto::decode(reported.content, outcome.failure);
      outcomes.push_back(std::move(outcome));
    }
  }
  REQUIRE(outcomes.size() == count);
  return outcomes;
}

void submit(Peer& driver, std::uint64_t first, std::size_t count, std::string_view arguments,
            const proto::SubmittedTask& like) {
  proto::SubmitTasks batch;
  for (std::size_t i = 0; i < count; ++i) {
    proto::SubmittedTask task = like;
    task.number = first + i;
    task.arguments = base::as_bytes(arguments);
    batch.tasks.push_back(task);
  }
  driver.say(batch);
}

void finish(Peer& client, const proto::AttemptId& attempt, std::string_view result, proto::Finish how) {
  client.say(proto::FinishTasks{{proto::FinishedTask{attempt, how, 1000, 0, base::as_bytes(result)}}});
}

proto::Function named_function(std::uint32_t index, const std::string& name) {
  proto::Function function;
  function.index = index;
  function.kind = proto::FunctionKind::name;
  function.name = name;
  return function;
}

}  // namespace blitzen::server
