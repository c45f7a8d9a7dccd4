// The exhaustive consistency check.
#include <algorithm>
#include <stdexcept>

#include "core/state.hpp"

namespace blitzen::core {

namespace {

void require(bool holds, const char* otherwise) {
  if (!holds) throw std::logic_error(otherwise);
}

}  // namespace

void Scheduler::State::check_invariants() const {
  drivers_.check_invariants();
  clients_.check_invariants();

  std::uint64_t tasks = 0;
  std::uint64_t running = 0;
  drivers_.for_each([&](const Driver& driver) {
    check_driver(driver);
    tasks += driver.tasks.size();
    running += driver.running.size();
  });
  require(tasks == unsettled_, "the number of unsettled tasks is not the sum over the drivers");

  std::uint64_t in_flight = 0;
  clients_.for_each([&](const Client& client) { in_flight += client.in_flight.size(); });
  require(in_flight == running, "clients hold other tasks than drivers think");

  require(hopeless_ == clients_.hopeless_codes(), "the hopeless codes are out of date");
  require(counters_.settled <= counters_.submitted, "more tasks were settled than submitted");
  require(unsettled_ <= counters_.submitted - counters_.settled, "a settled task counts as unsettled");
  require(backstops_.size() >= backstops_.armed(), "an armed backstop has no timer");
}

void Scheduler::State::check_driver(const Driver& driver) const {
  driver.tasks.for_each([&](std::uint64_t number, const Task& task) {
    const Running* running = std::get_if<Running>(&task.state);
    if (running == nullptr) {
      require(!hopeless_.contains(driver.queue.code_of(task.lane)), "a task that no client can run is still queued");
      return;
    }
    require(task.attempt > 0, "a running task was never assigned");
    require(running->driver_position < driver.running.size() && driver.running[running->driver_position] == number,
            "a running task is not where its driver lists it");
    const Client* client = clients_.find(running->client);
    require(client != nullptr, "a running task is held by a client that is not there");
    require(running->client_position < client->in_flight.size() &&
                client->in_flight[running->client_position] == TaskId{driver.id, number},
            "a running task is not where its client lists it");
  });
}

}  // namespace blitzen::core
