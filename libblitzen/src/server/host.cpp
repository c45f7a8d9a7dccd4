#include "server/host.hpp"

#include <unistd.h>

#include <asio/post.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "base/counted.hpp"
#include "base/host_name.hpp"
#include "base/random_number.hpp"
#include "base/usable_memory.hpp"
#include "blitzen/error.hpp"
#include "blitzen/logging.hpp"
#include "blitzen/version.hpp"
#include "journal/salvage.hpp"
#include "journal/store.hpp"
#include "net/address.hpp"
#include "net/cluster_key.hpp"

namespace blitzen::server {
namespace {

/// How long peers get to take their Goodbye.
constexpr std::chrono::seconds farewell_max{2};

std::optional<net::ClusterKey> obtain_key(const ServerOptions& options) {
  if (options.insecure) return std::nullopt;
  net::FoundKey found = net::find_key(options.key_file, true);
  if (!found.news.empty()) logging::get_logger().info(found.news);
  return std::move(found.key);
}

BrokerOptions broker_options(const ServerOptions& options, std::chrono::milliseconds client_patience) {
  BrokerOptions chosen{.task_limit = options.task_limit,
                       .memory_limit = options.memory_limit != 0 ? options.memory_limit : base::usable_memory() / 2,
                       .timeout = options.timeout,
                       .client_patience = client_patience,
                       .driver_patience = options.driver_patience,
                       .job_retention = options.job_retention,
                       .job_bytes = options.job_bytes};
  if (options.revive_limit >= 0) chosen.revive_limit = static_cast<std::uint32_t>(options.revive_limit);
  return chosen;
}

images::ImageCache open_cache(const ServerOptions& options) {
  return images::ImageCache(options.cache_dir.empty() ? images::default_cache_dir() : options.cache_dir,
                            options.cache_bytes_max,
                            [](const std::string& sentence) { logging::get_logger().warning(sentence); });
}

/// Positive, and far from those of any other journal.
journal::StoreOptions store_options() {
  journal::StoreOptions options;
  options.first_epoch = base::random_number() >> 1U & ~(proto::epochs_per_journal - 1);
  return options;
}

/// Null if all of it can be read.
std::unique_ptr<journal::Store> open_intact(const std::string& path) {
  try {
    auto store = std::make_unique<journal::Store>(path, store_options());
    journal::Inspector inspector;
    if (store->recover(inspector).damage.empty()) return store;
  } catch (const journal::Error& error) {
    if (error.kind() != journal::ErrorKind::damaged) throw;
  }
  return nullptr;
}

std::unique_ptr<journal::Store> open_journal(const ServerOptions& options) {
  if (!options.journal_salvage) return std::make_unique<journal::Store>(options.journal, store_options());
  if (auto store = open_intact(options.journal)) return store;
  const journal::Salvaged salvaged = journal::salvage(options.journal);
  logging::get_logger().warning("the journal was damaged and is kept as " + salvaged.copy + "; going on with " +
                                base::counted(salvaged.recovered.tasks.intact, "task") + " of " +
                                std::to_string(salvaged.recovered.tasks.recorded) + " and " +
                                base::counted(salvaged.recovered.outcomes.intact, "outcome") + " of " +
                                std::to_string(salvaged.recovered.outcomes.recorded));
  return std::make_unique<journal::Store>(options.journal, store_options());
}

proto::Hello introduce(const ServerOptions& options, std::uint64_t epoch) {
  proto::Hello hello;
  hello.role = proto::Role::server;
  hello.program_version = version;
  hello.architecture = base::architecture();
  hello.host = base::host_name();
  hello.process = static_cast<std::uint32_t>(::getpid());
  hello.epoch = epoch;
  hello.task_limit = options.task_limit;
  return hello;
}

std::string totals_text(const core::SchedulerCounters& totals) {
  std::string text = "stopped after " + base::counted(totals.submitted, "task");
  if (totals.submitted > totals.settled) {
    text += " (" + std::to_string(totals.submitted - totals.settled) + " unsettled)";
  } else if (totals.submitted > 0) {
    text += " (all settled)";
  }
  if (totals.stale_reports > 0) text += "; dropped " + base::counted(totals.stale_reports, "late report");
  return text;
}

}  // namespace

Host::Host(const ServerOptions& options, std::chrono::milliseconds client_patience)
    : Host(options, client_patience, open_cache(options)) {}

Host::Host(const ServerOptions& options, std::chrono::milliseconds client_patience, images::ImageCache cache)
    : broker_(std::make_shared<Broker>(loop_, broker_options(options, client_patience), std::move(cache))),
      refusals_(io_, [](const std::string& sentence) { logging::get_logger().warning(sentence); }) {
  std::uint64_t epoch = base::random_number();
  if (!options.journal.empty()) {
    auto store = open_journal(options);
    epoch = store->epoch();
    broker_->keep_journal(std::move(store), [this](const journal::Error& error) { journal_failed(error); });
  }
  net::AcceptorOptions accepting;
  accepting.address = options.address;
  accepting.port = options.port;
  accepting.key = obtain_key(options);
  accepting.hello = introduce(options, epoch);
  accepting.compression = options.compression;
  const std::string security = accepting.key ? "key " + accepting.key->fingerprint() : "without a key (--insecure)";
  acceptor_ = std::make_unique<net::Acceptor>(
      io_, std::move(accepting),
      [broker = broker_](std::shared_ptr<net::Channel> channel) { broker->welcome(std::move(channel)); },
      [this](const std::string& sentence) { refusals_.note(sentence); });
  logging::get_logger().info("listening on " + net::with_port(net::without_brackets(options.address), port()) + ", " +
                             security);
  if (options.duration > std::chrono::milliseconds::zero()) {
    duration_timer_.expires_after(options.duration);
    duration_timer_.async_wait([this](const asio::error_code& error) {
      if (!error) leave("the server has reached the end of its duration (--duration)");
    });
  }
}

void Host::run() {
  io_.run();
  logging::get_logger().info(totals_text(broker_->counters()));
  if (failure_) throw *failure_;
}

/// Without a word: drivers and clients come back to the next life of the server, which has what was accepted.
void Host::journal_failed(const Error& error) {
  failure_ = error;
  broker_->abort_all();
  end();
}

void Host::stop() {
  asio::post(io_, [this] { leave("the server was stopped"); });
}

void Host::stop_now() {
  asio::post(io_, [this] {
    broker_->abort_all();
    end();
  });
}

void Host::leave(const std::string& sentence) {
  if (std::exchange(leaving_, true)) return;
  acceptor_->stop();
  farewell_timer_.expires_after(farewell_max);
  farewell_timer_.async_wait([this](const asio::error_code& error) {
    if (!error) end();
  });
  broker_->dismiss_all(sentence, [this] { end(); });
}

void Host::end() { io_.stop(); }

}  // namespace blitzen::server
