#include "client/host.hpp"

#include <algorithm>
#include <utility>

#include "base/counted.hpp"
#include "blitzen/logging.hpp"
#include "proto/limits.hpp"

namespace blitzen::client {
namespace {

using Clock = std::chrono::steady_clock;

/// Pause before connecting again: doubles from here to there with every connection that did not last.
constexpr std::chrono::milliseconds reconnect_pause_first{100};
constexpr std::chrono::milliseconds reconnect_pause_last{5000};
/// A connection that lived this long was a good one.
constexpr std::chrono::seconds lasting_connection{10};

/// How often the log repeats that the server cannot be reached.
constexpr std::chrono::minutes warning_interval{1};

/// Workers are idle when the client has drained: they end at the first word.
constexpr std::chrono::milliseconds idle_grace{500};

std::string key_text(const std::optional<net::ClusterKey>& key) {
  return key ? "key " + key->fingerprint() : "no key, no encryption";
}

std::string totals_text(const AgentTotals& totals) {
  std::string text = "stopped after " + base::counted(totals.finished, "finished task") + ", " +
                     base::counted(totals.timed_out, "timeout") + " and " +
                     base::counted(totals.worker_deaths, "worker death");
  if (totals.abandoned > 0) {
    text += "; gave up " + base::counted(totals.abandoned, "task") + " because the server was lost";
  }
  return text;
}

}  // namespace

Host::Host(asio::io_context& io, HostOptions options)
    : io_(io),
      options_(std::move(options)),
      agent_(std::make_shared<Agent>(io, options_.agent, options_.cache, static_cast<AgentObserver&>(*this))),
      reconnect_timer_(io),
      status_timer_(io),
      reconnect_pause_(reconnect_pause_first) {}

void Host::start() {
  connect();
  send_status_later();
}

void Host::stop() {
  if (std::exchange(stopping_, true)) return;
  if (channel_ == nullptr) return end();
  logging::get_logger().info("draining: finishing what runs, handing back the rest");
  agent_->drain();
}

void Host::stop_now() {
  stopping_ = true;
  agent_->end_workers(pool::Duration::zero());
  if (channel_ == nullptr) return end();
  say_goodbye("the client on " + options_.agent.host + " was stopped at once");
}

void Host::drained() {
  if (channel_ != nullptr) say_goodbye("the client on " + options_.agent.host + " has drained and stops");
}

void Host::say_goodbye(const std::string& sentence) { channel_->close(proto::GoodbyeReason::stopping, sentence); }

void Host::connect() {
  options_.connector.hello.claims = agent_->has_claims();
  connector_.emplace(
      io_, options_.connector, [this](std::shared_ptr<net::Channel> channel) { connected(std::move(channel)); },
      [this](const Error& error) { connect_failed(error); },
      [this](const std::string& sentence, std::chrono::milliseconds pause) { connect_retried(sentence, pause); });
}

void Host::connected(std::shared_ptr<net::Channel> channel) {
  channel_ = std::move(channel);
  was_connected_ = true;
  connected_at_ = Clock::now();
  warned_at_.reset();
  options_.connector.patience.reset();
  options_.connector.was_there = true;
  logging::get_logger().info("connected to " + channel_->peer_address() + " (blitzen-server " +
                             channel_->peer().program_version + ", " + key_text(options_.connector.key) +
                             (channel_->compressed() ? ", compressed" : "") + "), lending " +
                             base::counted(options_.agent.pool.slots, "worker"));
  agent_->attach(channel_, options_.connector.hello.claims);
}

void Host::connect_failed(const Error& error) {
  failure_ = error;
  end();
}

void Host::connect_retried(const std::string& sentence, std::chrono::milliseconds) {
  const auto now = Clock::now();
  if (warned_at_ && now - *warned_at_ < warning_interval) return logging::get_logger().debug(sentence);
  warned_at_ = now;
  logging::get_logger().warning(sentence + " Trying again.");
}

void Host::connection_lost(const net::CloseReason& reason) {
  channel_.reset();
  if (stopping_) return end();
  if (reason.goodbye == proto::GoodbyeReason::revive_limit) {
    failure_ = Error(ErrorCode::connection_lost,
                     reason.sentence + "; find out why tasks take so long on this machine, then start it again");
    return end();
  }
  if (reason.orderly) {
    logging::get_logger().info("the server said goodbye (" + reason.sentence + "): waiting for it to come back");
  } else {
    logging::get_logger().warning("lost the server (" + reason.sentence + "): connecting again");
  }
  if (Clock::now() - connected_at_ > lasting_connection) reconnect_pause_ = reconnect_pause_first;
  reconnect_later();
}

void Host::reconnect_later() {
  reconnect_timer_.expires_after(reconnect_pause_);
  reconnect_pause_ = std::min(reconnect_pause_ * 2, reconnect_pause_last);
  reconnect_timer_.async_wait([this](const asio::error_code& error) {
    if (!error) connect();
  });
}

void Host::send_status_later() {
  status_timer_.expires_after(proto::heartbeat_interval);
  status_timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    agent_->send_status();
    send_status_later();
  });
}

void Host::end() {
  connector_.reset();
  agent_->end_workers(idle_grace);
  if (was_connected_) logging::get_logger().info(totals_text(agent_->totals()));
  io_.stop();
}

}  // namespace blitzen::client
