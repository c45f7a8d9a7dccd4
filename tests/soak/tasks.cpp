#include "tests/soak/tasks.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>

#include "tests/soak/history.hpp"
#include "tests/soak/pause.hpp"

namespace blitzen::soak {

std::uint64_t seal_of(std::uint64_t id, std::uint64_t execution) {
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15U;
  constexpr unsigned half = 32;
  const std::uint64_t mixed = (id + 1) * odd ^ execution;
  return (mixed ^ (mixed >> half)) * odd;
}

Receipt execute(const Order& order) {
  // A worker executes many tasks, of one history as a rule.
  static HistoryFile file{order.history, executed_name};
  if (file.directory() != order.history) file = HistoryFile{order.history, executed_name};
  std::uint64_t execution = 0;
  if (::getrandom(&execution, sizeof execution, 0) != sizeof execution) throw std::runtime_error("no random numbers");
  const std::string names = std::to_string(order.id) + ' ' + std::to_string(execution);
  file.note("started " + names + ' ' + std::to_string(::getpid()));
  pause_for(std::chrono::microseconds(order.microseconds));
  file.note("finished " + names);
  return {order.id, execution, seal_of(order.id, execution), order.content};
}

}  // namespace blitzen::soak
