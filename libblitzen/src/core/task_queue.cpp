#include "core/task_queue.hpp"

#include <stdexcept>
#include <utility>

namespace blitzen::core {

std::uint32_t TaskQueue::lane_of(CodeId code) {
  const auto lane = static_cast<std::uint32_t>(lanes_.size());
  const auto [known, is_new] = lane_by_code_.try_emplace(code, lane);
  if (is_new) {
    Heads maker{{no_number, lane}};
    lanes_.push_back({.code = code, .spare_head = maker.extract(maker.begin())});
  }
  return known->second;
}

void TaskQueue::set_first(std::uint32_t lane_index, std::uint64_t number) {
  Lane& lane = lanes_[lane_index];
  if (lane.first != no_number) lane.spare_head = heads_.extract(lane.first);
  lane.first = number;
  if (number == no_number) return;
  lane.spare_head.key() = number;
  heads_.insert(std::move(lane.spare_head));
}

void TaskQueue::push_back(std::uint64_t number) {
  const std::uint32_t lane_index = tasks_.at(number).lane;
  Lane& lane = lanes_[lane_index];
  const std::uint64_t before = std::exchange(lane.last, number);
  link(number) = {.previous = before, .next = no_number};
  if (before == no_number) {
    set_first(lane_index, number);
  } else {
    link(before).next = number;
  }
  ++size_;
}

void TaskQueue::push_front(std::uint64_t number) {
  const std::uint32_t lane_index = tasks_.at(number).lane;
  Lane& lane = lanes_[lane_index];
  const std::uint64_t after = lane.first;
  link(number) = {.previous = no_number, .next = after};
  if (after == no_number) {
    lane.last = number;
  } else {
    link(after).previous = number;
  }
  set_first(lane_index, number);
  ++size_;
}

void TaskQueue::remove(std::uint64_t number) {
  const std::uint32_t lane_index = tasks_.at(number).lane;
  const Queued here = link(number);
  if (here.next == no_number) {
    lanes_[lane_index].last = here.previous;
  } else {
    link(here.next).previous = here.previous;
  }
  if (here.previous == no_number) {
    set_first(lane_index, here.next);
  } else {
    link(here.previous).next = here.next;
  }
  --size_;
}

std::optional<std::uint64_t> TaskQueue::take(const CodeSet& refused) {
  for (const auto& [first, lane] : heads_) {
    if (refused.contains(lanes_[lane].code)) continue;
    const std::uint64_t number = first;
    remove(number);
    return number;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> TaskQueue::take_of(CodeId code) {
  const auto known = lane_by_code_.find(code);
  if (known == lane_by_code_.end()) return std::nullopt;
  const std::uint64_t number = lanes_[known->second].first;
  if (number == no_number) return std::nullopt;
  remove(number);
  return number;
}

void TaskQueue::check_invariants() const {
  std::uint64_t linked = 0;
  std::size_t lanes_with_tasks = 0;
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
    const Lane& lane = lanes_[i];
    if (lane.first != no_number) {
      ++lanes_with_tasks;
      const auto head = heads_.find(lane.first);
      if (head == heads_.end() || head->second != i) {
        throw std::logic_error("a lane's first task is not among the heads");
      }
    }
    std::uint64_t previous = no_number;
    for (std::uint64_t number = lane.first; number != no_number; ++linked) {
      const Task* task = tasks_.find(number);
      const Queued* links = task != nullptr ? std::get_if<Queued>(&task->state) : nullptr;
      if (links == nullptr || task->lane != i) throw std::logic_error("a lane holds a task that is not queued in it");
      if (links->previous != previous) throw std::logic_error("a lane's links disagree");
      previous = std::exchange(number, links->next);
    }
    if (lane.last != previous) throw std::logic_error("a lane's last task is not its last");
  }
  if (heads_.size() != lanes_with_tasks) throw std::logic_error("an empty lane is among the heads");
  if (linked != size_) throw std::logic_error("a queue's size is not the number of tasks in its lanes");
}

}  // namespace blitzen::core
