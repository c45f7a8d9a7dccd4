// How a broker goes on where an earlier life of the server ended.
#include <bit>
#include <utility>

#include "base/counted.hpp"
#include "blitzen/logging.hpp"
#include "proto/codec.hpp"
#include "server/broker.hpp"

namespace blitzen::server {
namespace {

proto::SessionId session_of(const journal::SessionId& session) {
  const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(session);
  return {halves[0], halves[1]};
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
    broker_.happened(core::DriverJoined{.driver = id, .task_limit = broker_.options_.task_limit, .restored = true});
  }

  void on_function(journal::FunctionDefined&& function) override {
    proto::Function definition;
    proto::decode(function.definition.bytes(), definition);
    driver_->define(definition);
  }

  bool on_task(journal::TaskAccepted&& task, bool started) override {
    if (!driver_->defines(task.function)) return false;
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
    if (started) broker_.may_have_started_.push_back(id);
    return true;
  }

  void on_outcome(journal::TaskSettled&& outcome) override {
    driver_->restore(
        {outcome.number, static_cast<proto::Outcome>(outcome.outcome), outcome.ran_ns, outcome.content.bytes()},
        outcome.content);
  }

  /// To be called when everything has been told.
  void send_drivers_away() {
    broker_.drivers_.for_each([this](DriverSession& driver) {
      broker_.keep_images_of(driver);
      broker_.happened(core::DriverAway{driver.id(), broker_.patience_with(driver)});
      broker_.note_congestion(driver);
    });
  }

 private:
  Broker& broker_;
  DriverSession* driver_ = nullptr;
};

void Broker::keep_journal(std::unique_ptr<journal::Store> store, JournalDesk::OnFailed on_failed,
                          const JournalDesk::StartRecorder& start_recorder) {
  now_ = loop_.now();
  happened(core::LifeBegan{static_cast<std::uint32_t>(store->epoch() % core::lives_max)});
  Restorer restorer(*this);
  const journal::Recovered recovered = store->recover(restorer);
  if (!recovered.damage.empty()) throw journal::damage_error(store->path(), recovered);
  restorer.send_drivers_away();
  if (recovered.drivers.intact == 0)
    logging::get_logger().info("the journal " + store->path() + " has nothing to bring back");
  else
    logging::get_logger().info("the journal " + store->path() + " brought back " +
                               base::counted(recovered.tasks.intact, "task") + " and " +
                               base::counted(recovered.outcomes.intact, "outcome") + " of " +
                               base::counted(recovered.drivers.intact, "driver"));
  if (const std::string jobs = unfinished_jobs(); !jobs.empty())
    logging::get_logger().info("jobs to attach to: " + jobs);
  journal_ = std::make_unique<JournalDesk>(
      loop_, std::move(store), start_recorder, [this](const JournalDesk::Safe& safe) { now_safe(safe); },
      std::move(on_failed));
  if (scheduler_.unsettled() > 0) claims_end_ = now_ + options_.claim_patience;
  end_turn_soon();
}

}  // namespace blitzen::server
