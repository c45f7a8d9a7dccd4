// How a broker goes on where an earlier life of the server ended.
#include <bit>
#include <utility>

#include "base/counted.hpp"
#include "blitzen/logging.hpp"
#include "proto/codec.hpp"
#include "proto/failure.hpp"
#include "server/broker.hpp"

namespace blitzen::server {
namespace {

proto::SessionId session_of(const journal::SessionId& session) {
  const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(session);
  return {halves[0], halves[1]};
}

/// A start that was recorded may have happened, and must not happen again.
proto::Failure started_before() {
  return proto::failure_saying(
      "the server was started anew while this task may have been executing, and it must not be started twice "
      "(worker_deaths_max is 1)");
}

}  // namespace

/// Every driver is away at first. What was executing is queued, unless it must not be started twice.
class Broker::Restorer final : public journal::Visitor {
 public:
  explicit Restorer(Broker& broker) : broker_(broker) {}

  void on_driver(journal::DriverJoined&& driver) override {
    const core::DriverId id{driver.driver};
    const DriverRecord record{session_of(driver.session), std::move(driver.job), driver.numbers_below};
    broker_.next_driver_ = std::max(broker_.next_driver_, driver.driver + 1);
    broker_.sessions_.emplace(record.session, id);
    if (!record.job.empty()) broker_.jobs_.emplace(record.job, id);
    driver_ = &broker_.drivers_.add(std::make_unique<DriverSession>(id, record, broker_.functions_, broker_.memory_));
    driver_->accept_when_safe();
    broker_.happened(core::DriverJoined{id, broker_.options_.task_limit});
  }

  void on_function(journal::FunctionDefined&& function) override {
    proto::Function definition;
    proto::decode(function.definition.bytes(), definition);
    driver_->define(definition);
  }

  void on_task(journal::TaskAccepted&& task, bool started) override {
    const FunctionRef function = driver_->function(task.function);
    const core::Duration timeout = broker_.timeout_of(task.timeout_ns);
    const core::TaskId id{driver_->id(), task.number};
    driver_->tasks().restore(task.number,
                             {std::move(task.arguments), timeout, function.id, task.worker_deaths_max == 1});
    broker_.happened(core::TaskSubmitted{.task = id,
                                         .code = function.code,
                                         .timeout = timeout,
                                         .worker_deaths_max = task.worker_deaths_max,
                                         .restored = true});
    if (started) started_.push_back(id);
  }

  void on_outcome(journal::TaskSettled&& outcome) override {
    driver_->restore(
        {outcome.number, static_cast<proto::Outcome>(outcome.outcome), outcome.ran_ns, outcome.content.bytes()},
        outcome.content);
  }

  /// To be called when everything has been told.
  void send_drivers_away() {
    broker_.drivers_.for_each([this](DriverSession& driver) {
      broker_.happened(core::DriverAway{driver.id(), broker_.patience_with(driver)});
      broker_.note_congestion(driver);
    });
  }

  /// To be called once the journal is kept again.
  void settle_started() {
    for (const core::TaskId& task : started_) broker_.settle_started(task);
  }

 private:
  Broker& broker_;
  DriverSession* driver_ = nullptr;
  std::vector<core::TaskId> started_;
};

void Broker::keep_journal(std::unique_ptr<journal::Store> store, JournalDesk::OnFailed on_failed,
                          const JournalDesk::StartRecorder& start_recorder) {
  now_ = loop_.now();
  Restorer restorer(*this);
  const journal::Recovered recovered = store->recover(restorer);
  if (!recovered.damage.empty()) throw journal::damage_error(store->path(), recovered);
  restorer.send_drivers_away();
  logging::get_logger().info(
      "the journal " + store->path() + " brought back " + base::counted(recovered.tasks.intact, "task") + " and " +
      base::counted(recovered.outcomes.intact, "outcome") + " of " + base::counted(recovered.drivers.intact, "driver"));
  journal_ = std::make_unique<JournalDesk>(
      loop_, std::move(store), start_recorder, [this](const JournalDesk::Safe& safe) { now_safe(safe); },
      std::move(on_failed));
  restorer.settle_started();
  end_turn_soon();
}

void Broker::settle_started(const core::TaskId& task) {
  DriverSession& driver = *drivers_.find(task.driver);
  report_failure(driver, task.number, proto::Outcome::error, started_before());
  driver.tasks().remove(task.number);
  scheduler_.step(core::TaskCancelled{task}, now_, actions_);
  actions_.clear();  // its outcome is told already
}

}  // namespace blitzen::server
