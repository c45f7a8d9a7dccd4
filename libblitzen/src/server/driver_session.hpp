// A driver, connected or away: its functions, its tasks' payloads, and what waits to be told to it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "net/channel.hpp"
#include "proto/limits.hpp"
#include "proto/packets.hpp"
#include "server/function_table.hpp"
#include "server/image_desk.hpp"
#include "server/job_outcomes.hpp"
#include "server/outcome_queue.hpp"
#include "server/task_store.hpp"

namespace blitzen::server {

/// What a driver that was told to hold its tasks may have sent before it heard that: a task of any size, and what fits
/// into buffers on the way.
inline constexpr std::uint64_t held_bytes_max = proto::payload_bytes_max + 64ULL * 1024 * 1024;

/// A journal does not have the tasks that are done with, and a job's numbers must not be used twice. So it is told in
/// advance, for so many at a time, how far they may go.
inline constexpr std::uint64_t numbers_reserved = 1024 * 1024;

/// What a journal has of a driver.
struct DriverRecord {
  proto::SessionId session{};
  std::string job{};
  std::uint64_t numbers_below = 0;
};

/// Nothing is said to its channel before greet().
class DriverSession {
 public:
  using Id = core::DriverId;

  /// What the driver's payloads take counts towards `budget`.
  DriverSession(Id id, std::shared_ptr<net::Channel> channel, FunctionTable& functions, MemoryBudget& budget);
  /// A driver of an earlier life of the server, which is away.
  DriverSession(Id id, const DriverRecord& record, FunctionTable& functions, MemoryBudget& budget);
  DriverSession(const DriverSession&) = delete;
  DriverSession& operator=(const DriverSession&) = delete;
  /// Gives the functions it defined back to the table.
  ~DriverSession();

  [[nodiscard]] Id id() const { return id_; }
  /// All zeros for a driver that cannot come back.
  [[nodiscard]] const proto::SessionId& session() const { return record_.session; }
  /// The job's name; empty without one.
  [[nodiscard]] const std::string& job() const { return record_.job; }
  [[nodiscard]] bool has_job() const { return kept_.has_value(); }
  [[nodiscard]] const DriverRecord& record() const { return record_; }
  /// Null while the driver is away.
  [[nodiscard]] net::Channel* channel() const { return channel_.get(); }
  [[nodiscard]] TaskStore& tasks() { return tasks_; }
  [[nodiscard]] const TaskStore& tasks() const { return tasks_; }

  /// The images of its functions, each once.
  [[nodiscard]] std::vector<proto::ImageHash> images() const;
  /// Until it is forgotten.
  void keep(std::vector<KeptImage> images) { images_ = std::move(images); }
  /// Its connection is lost.
  void part();
  /// It came back or, with another session, takes the job over. Returns the first number that may still come of those
  /// that did not.
  std::uint64_t resume(std::shared_ptr<net::Channel> channel);
  [[nodiscard]] bool waits_for_greeting() const { return channel_ != nullptr && !greeted_; }
  /// Says first what the driver needs to know: what is there of its job, what need not be sent again, and what it was
  /// not told or did not acknowledge.
  void greet();

  /// Saying the same again changes nothing, and returns false. Throws proto::DecodeError for an index that is too
  /// large, or in use for another function.
  bool define(const proto::Function& function);
  /// Throws proto::DecodeError for an index that was not defined.
  [[nodiscard]] FunctionRef function(std::uint32_t index) const;
  [[nodiscard]] bool defines(std::uint32_t index) const {
    return index < functions_.size() && functions_[index].has_value();
  }

  /// A job's task gets this number. True if the journal must be told how far the numbers may go.
  [[nodiscard]] bool reserve(std::uint64_t number);

  /// The outcome's content may be part of `packet`: it is then sent from there, if it is large.
  void report(const proto::ReportedOutcome& outcome, const base::SharedBytes& packet = {});
  /// As report(), for what an earlier life of the server had.
  void restore(const proto::ReportedOutcome& outcome, const base::SharedBytes& content);
  /// As OutcomeQueue has it. Those of a job are kept all the same, and not added to `numbers`.
  void acknowledge(const proto::AcknowledgeOutcomes& came, std::vector<std::uint64_t>* numbers);
  /// The driver is done with this task of a job, which is settled or never came.
  void forget(std::uint64_t number) { kept_->forget(number); }
  /// Of outcomes that are kept for it.
  [[nodiscard]] std::uint64_t outcome_bytes() const { return kept_ ? kept_->bytes() : outcomes_.bytes(); }
  /// Of arguments and outcomes that wait here. Outcomes of a job do not wait.
  [[nodiscard]] std::uint64_t bytes() const { return tasks_.bytes() + outcomes_.bytes(); }

  /// Tells the driver whether it may send tasks.
  void hold_tasks(bool held);
  [[nodiscard]] bool holds_tasks() const { return tasks_held_; }
  /// Whether it goes on sending tasks as if it had not been told to hold them.
  [[nodiscard]] bool ignores_hold() const { return tasks_held_ && tasks_.bytes() > held_at_bytes_ + held_bytes_max; }
  /// Tells what came out, and with it what was accepted.
  void flush();
  void tell_accepted();

  /// Accepted is from now on only what is safe.
  void accept_when_safe() { safe_below_ = 0; }
  [[nodiscard]] bool accepts_when_safe() const { return safe_below_.has_value(); }
  void safe_below(std::uint64_t number) { safe_below_ = number; }
  /// What the driver said it is done with is forgotten for good, up to this one of its packets.
  void forgotten(std::uint64_t sequence) { forgotten_ = std::max(forgotten_, sequence); }

  /// The image that the driver of a job offered is awaited, or is not any more, because it is there or cannot be had.
  void offered_image(const proto::ImageHash& image) { offered_image_ = image; }
  /// Whether it is away, or so new that its image may yet come. One of a job may come with another driver, too.
  [[nodiscard]] bool may_offer_image(const proto::ImageHash& image) const {
    return channel_ == nullptr || !offered_image_ || has_other_image(image);
  }
  /// Whether its job has tasks of a program that is not the one that attached.
  [[nodiscard]] bool has_other_image(const proto::ImageHash& image) const {
    return has_job() && offered_image_ && *offered_image_ != image;
  }
  void await_image() { awaits_image_ = true; }
  [[nodiscard]] bool awaits_image() const { return awaits_image_; }
  void image_settled();

  bool wants_flush = false;
  bool congested = false;              ///< As the scheduler was told.
  bool told_of_missing_image = false;  ///< Since it connected.
  /// How many clients had ever come when the driver was last told that none is connected.
  std::optional<std::uint32_t> told_after_clients;

 private:
  void keep_outcomes(MemoryBudget& budget);
  void send_job_state();
  [[nodiscard]] proto::AcceptTasks accepted() { return {accepted_below(), forgotten_, has_image_, memory_}; }
  /// Nothing is known of it but its name.
  void begin_memory() { memory_ = std::uint64_t{1} + static_cast<std::uint32_t>(id_); }
  [[nodiscard]] std::uint64_t accepted_below() { return safe_below_ ? *safe_below_ : tasks_.accepted_below(); }

  Id id_;
  DriverRecord record_;
  std::shared_ptr<net::Channel> channel_;
  FunctionTable& table_;
  std::vector<std::optional<FunctionRef>> functions_;  ///< By the driver's index.
  TaskStore tasks_;
  OutcomeQueue outcomes_;            ///< Unused with a job.
  std::optional<JobOutcomes> kept_;  ///< Those of a job.

  bool greeted_ = false;
  proto::AcceptTasks accepted_told_{};
  std::uint64_t memory_ = 0;     ///< As accept_tasks has it.
  std::uint64_t forgotten_ = 0;  ///< By the driver of this session.
  bool tasks_held_ = false;
  std::uint64_t held_at_bytes_ = 0;  ///< What its arguments took when it was told.
  std::optional<std::uint64_t> safe_below_;
  bool all_safe_ = false;             ///< What there is when the driver is greeted.
  std::uint64_t restored_below_ = 0;  ///< Lower numbers may have been used in an earlier life of the server.
  std::optional<proto::ImageHash> offered_image_;  ///< Since it connected.
  bool awaits_image_ = false;
  bool has_image_ = false;
  std::vector<KeptImage> images_;
};

}  // namespace blitzen::server
