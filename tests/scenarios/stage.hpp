// Where a transcript's commands are played: a scheduler and what its clients hold.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "command.hpp"
#include "core/scheduler.hpp"

namespace blitzen::testing {

class Stage {
 public:
  /// Plays one command and returns the actions it led to, as text. Throws std::runtime_error for an unknown command and
  /// std::logic_error when an invariant of the scheduler breaks.
  std::vector<std::string> play(const Command& command);

 private:
  using Play = void (Stage::*)(const Command&);
  static const std::map<std::string, Play>& plays();

  void driver_joins(const Command& command);
  void driver_lost(const Command& command);
  void client_joins(const Command& command);
  void client_heard(const Command& command);
  void client_drains(const Command& command);
  void client_lost(const Command& command);
  void submit(const Command& command);
  void cancel(const Command& command);
  void observe_start(const Command& command);
  void finish(const Command& command);
  void kill_worker(const Command& command);
  void give_back(const Command& command);
  void refuse(const Command& command);
  void advance(const Command& command);
  void count(const Command& command);

  void step(const core::Event& event);
  void assign();
  void print();
  /// The latest attempt at the task, unless the command says which client and attempt it reports.
  core::AssignTask attempt_at(const core::TaskId& task, const Command& command) const;

  core::Scheduler scheduler_;
  core::TimePoint now_{std::chrono::hours{1}};
  core::Actions actions_;
  std::map<core::TaskId, core::AssignTask> latest_;
  std::vector<std::string> printed_;
};

}  // namespace blitzen::testing
