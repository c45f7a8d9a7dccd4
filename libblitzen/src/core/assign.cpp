// Which client gets which task, and which must give some back.
#include <algorithm>

#include "core/state.hpp"

namespace blitzen::core {

namespace {

/// Clients whose unstarted tasks do not suit one kind that are passed over, each time work is assigned. Almost always
/// the first suits; the bound keeps a cluster of two architectures from being searched in vain.
constexpr std::size_t recall_misses_max = 8;

/// Tasks of one driver that are handed over in a row share packets on their way and back, and wake their driver once.
/// So drivers of short tasks take turns this many times while one client works off its window; drivers of long tasks,
/// of which a window holds few, take turns task by task.
constexpr std::uint64_t turns_per_window = 64;
constexpr std::uint64_t tasks_per_turn_max = 32;

std::uint64_t tasks_per_turn(const Client& client) {
  return std::clamp<std::uint64_t>(client.prefetch.size() / turns_per_window, 1, tasks_per_turn_max);
}

constexpr std::uint64_t divide_up(std::uint64_t amount, std::uint64_t parts) {
  return (amount + parts - 1) / parts;  // NOLINT(clang-analyzer-core.DivideZero): who takes something was counted
}

}  // namespace

void Scheduler::State::assign(Actions& out) {
  hand_out(&ClientKind::idle, &Client::idle_slots, out);
  hand_out(&ClientKind::roomy, &Client::vacancy, out);
  recall(out);
}

void Scheduler::State::hand_out(RingOfKind ring, RoomOfClient room, Actions& out) {
  for (auto& [refused, kind] : clients_.kinds()) kind.starved = false;
  for (bool progress = true; progress && drivers_.queued() > 0;) {
    progress = false;
    std::uint64_t takers = 0;
    for (const auto& [refused, kind] : clients_.kinds()) takers += kind.starved ? 0 : (kind.*ring).size();
    for (auto& [refused, kind] : clients_.kinds()) {
      if (kind.starved || (kind.*ring).empty()) continue;
      // Few tasks are spread over all takers; many go out in batches.
      Client& client = *(kind.*ring).front();
      const std::uint64_t share = std::max<std::uint64_t>(1, divide_up(drivers_.queued(), takers));
      hand_over(client, std::min((client.*room)(), share), out);
      progress = true;
    }
  }
}

void Scheduler::State::hand_over(Client& client, std::uint64_t count, Actions& out) {
  for (; count > 0; --count) {
    const auto taken = drivers_.take(client.kind->refused, tasks_per_turn(client));
    if (!taken) {
      client.kind->starved = true;
      break;
    }
    start_attempt(client, *taken->driver, taken->number, out);
  }
  client.room.rotate();
  clients_.refile(client);
}

void Scheduler::State::start_attempt(Client& client, Driver& driver, std::uint64_t number, Actions& out) {
  const Attempt before = std::max(driver.tasks.at(number).attempt, life_ << attempts_per_life_bits);
  put_on(client, driver, number, before + 1);
  out.push_back(AssignTask{client.id, {driver.id, number}, before + 1});
}

void Scheduler::State::put_on(Client& client, Driver& driver, std::uint64_t number, Attempt attempt) {
  Task& task = driver.tasks.at(number);
  task.attempt = attempt;
  task.state = Running{.client = client.id,
                       .client_position = static_cast<std::uint32_t>(client.in_flight.size()),
                       .driver_position = static_cast<std::uint32_t>(driver.running.size())};
  client.in_flight.push_back({driver.id, number});
  driver.running.push_back(number);
}

void Scheduler::State::recall(Actions& out) {
  if (clients_.with_surplus().empty()) return;
  // Whatever is still queued suits no idle client: hand_out saw to that.
  for (const auto& [refused, kind] : clients_.kinds()) recall_for(kind, out);
}

void Scheduler::State::recall_for(const ClientKind& kind, Actions& out) {
  Ring<Client>& holders = clients_.with_surplus();
  // What is on its way back already will fill idle slots: asking for more would only move tasks to and fro.
  for (std::size_t misses = 0; misses < recall_misses_max && kind.idle_slots > clients_.recalled();) {
    if (holders.empty()) return;
    Client& holder = *holders.front();
    holder.surplus.rotate();
    if (!may_suit(holder, kind)) {
      ++misses;
      continue;
    }
    const std::uint64_t wanted = kind.idle_slots - clients_.recalled();
    const std::uint64_t count = std::min(divide_up(holder.unstarted(), 2), wanted);
    out.push_back(RecallTasks{holder.id, static_cast<std::uint32_t>(count)});
    clients_.recall(holder, count);
  }
}

bool Scheduler::State::may_suit(const Client& holder, const ClientKind& kind) const {
  const TaskId& youngest = holder.in_flight.back();
  const Driver& driver = *drivers_.find(youngest.driver);
  return !kind.refused.contains(driver.queue.code_of(driver.tasks.find(youngest.number)->lane));
}

}  // namespace blitzen::core
