#include "simulated_server.hpp"

#include <utility>

#include "images/image_cache.hpp"

namespace blitzen::sim {

using namespace std::chrono_literals;
using testing::SimulatedDisk;

namespace {

constexpr const char* journal_path = "/journal";

/// Counts what stands in a journal.
class Census final : public journal::Visitor {
 public:
  std::uint64_t tasks = 0;
  std::uint64_t outcomes = 0;

 private:
  void on_driver(journal::DriverJoined&&) override {}
  void on_function(journal::FunctionDefined&&) override {}
  bool on_task(journal::TaskAccepted&&, bool) override {
    ++tasks;
    return true;
  }
  void on_outcome(journal::TaskSettled&&) override { ++outcomes; }
};

server::BrokerOptions broker_options(const Plan& plan) {
  server::BrokerOptions options;
  if (plan.task_limit != 0) options.task_limit = plan.task_limit;
  if (plan.revive_limit != 0) options.revive_limit = plan.revive_limit;
  options.driver_patience = std::chrono::duration_cast<std::chrono::milliseconds>(plan.driver_patience);
  options.job_retention = std::chrono::duration_cast<std::chrono::milliseconds>(plan.job_retention);
  if (plan.memory_limit != 0) options.memory_limit = plan.memory_limit;
  if (plan.job_bytes != 0) options.job_bytes = plan.job_bytes;
  return options;
}

}  // namespace

SimulatedServer::SimulatedServer(Stage& stage, Random random) : stage_(stage), random_(random), disk_(random_.next()) {}

SimulatedServer::~SimulatedServer() {
  if (recorder_ != nullptr) recorder_->die();
}

void SimulatedServer::start() {
  if (broker_) return;
  try {
    begin();
    stage_.history.count("servers started");
  } catch (const journal::Error& error) {
    const bool tells_the_fault = fault_.has_value() && error.kind() != journal::ErrorKind::damaged;
    require(tells_the_fault, std::string("the journal cannot be used although the disk is well: ") + error.what());
    failed();
  }
}

void SimulatedServer::begin() {
  const Plan& plan = stage_.plan;
  loop_ = std::make_unique<SimulatedLoop>(stage_.agenda, random_.split(), [this] { check(); });
  auto broker = std::make_shared<server::Broker>(*loop_, broker_options(plan), images::ImageCache("/nowhere"));
  std::uint64_t epoch = random_.next();
  if (plan.journal) {
    auto store = open_journal();
    epoch = store->epoch();
    const auto start_recorder = [this](auto opened, auto committed, auto on_failed) {
      auto recorder = std::make_unique<SimulatedRecorder>(stage_.agenda, random_.split(), std::move(opened),
                                                          std::move(committed), std::move(on_failed));
      recorder_ = recorder.get();
      return recorder;
    };
    broker->keep_journal(
        std::move(store), [this](const journal::Error&) { failed(); }, start_recorder);
  }
  broker_ = std::move(broker);
  stage_.history.server_started(plan.journal);
  proto::Hello hello;
  hello.role = proto::Role::server;
  hello.host = "server";
  hello.packet_bytes_max = proto::packet_bytes_max;
  hello.epoch = epoch;
  hello.task_limit = plan.task_limit;
  stage_.network.open(hello, [this](std::shared_ptr<net::Channel> channel) { broker_->welcome(std::move(channel)); });
}

std::unique_ptr<journal::Store> SimulatedServer::open_journal() {
  journal::StoreOptions options;
  options.vfs = disk_.vfs();
  options.put_file = [this](const std::string& file, std::span<const std::byte> content) { disk_.put(file, content); };
  options.first_epoch = 7 * proto::epochs_per_journal;
  options.log_bytes = 64 * 1024;
  options.shrink_bytes_min = 128 * 1024;
  return std::make_unique<journal::Store>(journal_path, options);
}

void SimulatedServer::end() {
  if (broker_) late_reports_ += late_reports_now();
  if (recorder_ != nullptr) recorder_->die();
  recorder_ = nullptr;
  broker_.reset();
  loop_.reset();
}

void SimulatedServer::kill(bool with_its_machine) {
  if (!broker_) return;
  stage_.history.count(with_its_machine ? "servers whose machine lost its power" : "servers killed");
  end();
  stage_.network.bury_server(!with_its_machine);
  if (with_its_machine) disk_.crash(random_.next());
  stage_.agenda.after(random_.between(10ms, 8s), [this] { start(); });
}

void SimulatedServer::pause() {
  if (!broker_ || !stage_.plan.journal) return;
  stage_.history.count("servers stopped in order");
  stage_.network.close();
  broker_->dismiss_all("the server was stopped", [] {});
  // As long as its host gives peers to take their Goodbye.
  stage_.agenda.after(2s, [this, broker = std::weak_ptr(broker_)] {
    if (broker.expired() || broker.lock() != broker_) return;
    recorder_->stop();
    end();
    stage_.network.bury_server(true);
    stage_.agenda.after(random_.between(10ms, 8s), [this] { start(); });
  });
}

void SimulatedServer::spoil_disk() {
  constexpr SimulatedDisk::Fault faults[] = {SimulatedDisk::Fault::power_loss, SimulatedDisk::Fault::disk_full,
                                             SimulatedDisk::Fault::io_error};
  if (!broker_ || !stage_.plan.journal) return;
  fault_ = faults[random_.below(3)];
  disk_.fail_after(random_.below(60), *fault_, true);
}

/// What was being written is torn, or was refused: the server ends, and comes back when the disk does.
void SimulatedServer::failed() {
  stage_.history.count("disks that failed");
  stage_.agenda.after(0ns, [this] {
    const bool lost_power = fault_ == SimulatedDisk::Fault::power_loss;
    const bool was_up = broker_ != nullptr;
    if (was_up && !lost_power) broker_->abort_all();
    end();
    if (was_up) stage_.network.bury_server(!lost_power);
    if (lost_power) disk_.crash(random_.next());
    disk_.stop_failing();
    fault_.reset();
    stage_.agenda.after(random_.between(10ms, 8s), [this] { start(); });
  });
}

void SimulatedServer::slow_disk_down(core::Duration how_long) {
  if (recorder_ != nullptr) recorder_->pause(how_long);
}

void SimulatedServer::check() const {
  if (broker_) broker_->check_invariants();
}

void SimulatedServer::check_journal() {
  if (!broker_ || !stage_.plan.journal) return;
  recorder_->stop();
  end();
  stage_.network.bury_server(true);
  Census census;
  const journal::Recovered recovered = open_journal()->recover(census);
  require(recovered.damage.empty(), "the journal is damaged in the end");
  require(census.tasks == 0, "the journal keeps tasks that all have their outcome");
  require(census.outcomes == 0, "the journal keeps outcomes that were all acknowledged");
}

}  // namespace blitzen::sim
