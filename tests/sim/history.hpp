// What happened in a simulated world, and whether that may be.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/shared_bytes.hpp"
#include "payload.hpp"
#include "proto/packets.hpp"

namespace blitzen::sim {

/// A promise was broken.
class Violation : public std::logic_error {
  using std::logic_error::logic_error;
};

inline void require(bool holds, std::string_view otherwise) {
  if (!holds) throw Violation(std::string(otherwise));
}

[[nodiscard]] std::string to_text(const TaskKey& task);

/// How often what happened, to see what a simulation reaches.
using Tally = std::map<std::string, std::uint64_t, std::less<>>;

/// As the driver has it.
struct TaskSpec {
  Arguments arguments;
  std::uint32_t function = 0;
  std::uint64_t timeout_ns = 0;
  std::uint8_t worker_deaths_max = 3;
  std::uint64_t arguments_bytes = 0;
};

/// Is told by drivers and clients what they did and what they were told. Throws Violation as soon as that cannot be.
class History {
 public:
  void submitted(const TaskSpec& spec);
  void cancelled(const TaskKey& task);
  void told(const TaskKey& task, const proto::ReportedOutcome& outcome, const base::SharedBytes& packet);

  /// Returns the execution's number.
  std::uint64_t started(const Arguments& arguments, std::uint32_t function);
  /// What the execution's client is about to report of it. Nothing: it was stopped, or forgotten.
  void finished(std::uint64_t execution, proto::Finish finish);
  void killed(std::uint64_t execution);
  /// Some client refused to run the function.
  void refused(std::uint32_t function) { refused_.insert(function); }
  void server_started(bool with_journal);

  /// Tasks whose drivers were told their outcomes.
  [[nodiscard]] std::uint64_t settled() const { return settled_; }

  /// Something happened so often that it is worth counting.
  void count(std::string_view what, std::uint64_t times = 1);
  [[nodiscard]] const Tally& tally() const { return tally_; }
  /// Follows from everything that happened, and its order.
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }
  void mix(std::uint64_t value) { fingerprint_ = (fingerprint_ ^ value) * 0x100000001b3U; }

  /// Says what happens to each task, in the log.
  void narrate() { narrates_ = true; }
  void tell_of(const TaskKey& task, std::string_view what) const;

  /// Drivers may have this many unsettled tasks.
  std::uint64_t task_limit = 0;

 private:
  struct Execution {
    TaskKey task;
    std::optional<proto::Finish> finish;
    bool killed = false;
  };
  struct Told {
    proto::Outcome outcome;
    std::uint64_t ran_ns;
    base::SharedBytes content;
  };
  struct Task {
    TaskSpec spec;
    std::optional<std::uint64_t> last_execution;
    bool cancelled = false;
    std::optional<Told> told;
  };

  [[nodiscard]] static bool may_start(const Task& task);
  void check(const TaskKey& key, const Task& task, const proto::ReportedOutcome& outcome);
  void check_result(const TaskKey& key, const Task& task, const Result& result, proto::Finish finish) const;
  void check_deaths(const TaskKey& key, const Task& task, const proto::Failure& failure) const;
  void check_sentence(const TaskKey& key, const Task& task, const std::string& sentence);

  std::map<TaskKey, Task> tasks_;
  std::vector<Execution> executions_;
  std::set<std::uint32_t> refused_;
  std::uint64_t settled_ = 0;
  std::uint64_t server_lives_ = 0;
  bool restarted_with_journal_ = false;
  bool narrates_ = false;
  Tally tally_;
  std::uint64_t fingerprint_ = 0xcbf29ce484222325U;
};

}  // namespace blitzen::sim
