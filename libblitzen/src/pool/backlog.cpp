#include "pool/backlog.hpp"

#include <utility>

namespace blitzen::pool {

void Backlog::push_back(QueuedTask task) {
  if (index_) index_->insert_or_assign(task.item.tag, task.serial);
  tasks_.push_back({std::move(task)});
}

void Backlog::put_back(QueuedTask task) {
  if (index_) index_->insert_or_assign(task.item.tag, task.serial);
  tasks_.push_front({std::move(task)});
  for (std::size_t i = 0; i + 1 < tasks_.size() && tasks_[i + 1].task.serial < tasks_[i].task.serial; ++i)
    std::swap(tasks_[i], tasks_[i + 1]);
}

QueuedTask Backlog::pop_front() {
  QueuedTask task = tasks_.pop_front().task;
  trim();
  return task;
}

QueuedTask Backlog::pop_back() {
  QueuedTask task = tasks_.pop_back().task;
  trim();
  return task;
}

void Backlog::clear() { *this = {}; }

bool Backlog::cancel(const Tag& tag) {
  const std::size_t at = find(tag);
  if (at == tasks_.size()) return false;
  tasks_[at].blank = true;
  tasks_[at].task.item.arguments = {};
  ++blanks_;
  trim();
  if (blanks_ > searched_max && blanks_ > size()) compact();
  return true;
}

void Backlog::trim() {
  for (; !tasks_.empty() && tasks_.front().blank; --blanks_) static_cast<void>(tasks_.pop_front());
  for (; !tasks_.empty() && tasks_.back().blank; --blanks_) static_cast<void>(tasks_.pop_back());
  if (tasks_.empty()) index_.reset();
}

void Backlog::compact() {
  RingQueue<Entry> tasks;
  while (!tasks_.empty()) {
    Entry entry = tasks_.pop_front();
    if (!entry.blank) tasks.push_back(std::move(entry));
  }
  tasks_ = std::move(tasks);
  blanks_ = 0;
}

std::size_t Backlog::find(const Tag& tag) {
  if (tasks_.size() <= searched_max) {
    std::size_t at = 0;
    while (at < tasks_.size() && (tasks_[at].blank || !(tasks_[at].task.item.tag == tag))) ++at;
    return at;
  }
  // What has left the backlog is forgotten before it outweighs what is there.
  if (!index_ || index_->size() > 2 * tasks_.size()) make_index();
  const auto known = index_->find(tag);
  if (known == index_->end()) return tasks_.size();
  const std::size_t at = find_serial(known->second);
  index_->erase(known);
  return at;
}

void Backlog::make_index() {
  index_.emplace();
  index_->reserve(tasks_.size());
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (!tasks_[i].blank) index_->emplace(tasks_[i].task.item.tag, tasks_[i].task.serial);
  }
}

std::size_t Backlog::find_serial(std::uint64_t serial) const {
  std::size_t begin = 0;
  std::size_t end = tasks_.size();
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    if (tasks_[middle].task.serial < serial) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  const bool found = begin < tasks_.size() && tasks_[begin].task.serial == serial && !tasks_[begin].blank;
  return found ? begin : tasks_.size();
}

}  // namespace blitzen::pool
