#include "simulated_recorder.hpp"

#include <algorithm>
#include <utility>

#include "server/journal_desk.hpp"

namespace blitzen::sim {

using namespace std::chrono_literals;

SimulatedRecorder::SimulatedRecorder(Agenda& agenda, Random random, std::unique_ptr<journal::Store> store,
                                     journal::OnCommitted committed, journal::OnFailed failed)
    : agenda_(agenda),
      random_(random),
      store_(std::move(store)),
      committed_(std::move(committed)),
      failed_(std::move(failed)) {}

std::uint64_t SimulatedRecorder::record(journal::Record record) {
  ++recorded_;
  if (!store_) return recorded_;
  pending_.push_back(std::move(record));
  commit_later();
  return recorded_;
}

/// A disk that does nothing has more to do than it takes.
std::size_t SimulatedRecorder::unwritten_bytes() const {
  return !pending_.empty() && agenda_.now() < paused_until_ ? 2 * server::unwritten_bytes_max : pending_.size();
}

void SimulatedRecorder::pause(core::Duration how_long) { paused_until_ = agenda_.now() + how_long; }

void SimulatedRecorder::commit_later() {
  if (std::exchange(commit_due_, true)) return;
  const core::TimePoint at = agenda_.now() + random_.between(50us, random_.chance(80) ? core::Duration{2ms} : 50ms);
  agenda_.at(std::max(at, paused_until_), [this, alive = std::weak_ptr(alive_)] {
    if (alive.lock()) commit();
  });
}

/// Of what waits, all or some.
void SimulatedRecorder::commit() {
  commit_due_ = false;
  if (!store_ || pending_.empty()) return;
  if (agenda_.now() < paused_until_) return commit_later();
  if (!write(random_.chance(70) ? pending_.size() : random_.between(1, pending_.size()))) return;
  committed_(recorded_ - pending_.size());
  if (!pending_.empty()) commit_later();
}

bool SimulatedRecorder::write(std::size_t count) {
  const auto end = pending_.begin() + static_cast<std::ptrdiff_t>(count);
  const std::vector<journal::Record> records(std::make_move_iterator(pending_.begin()), std::make_move_iterator(end));
  pending_.erase(pending_.begin(), end);
  try {
    store_->write(records);
  } catch (const journal::Error& error) {
    die();
    failed_(error);
    return false;
  }
  return true;
}

void SimulatedRecorder::stop() {
  if (store_ && !pending_.empty()) static_cast<void>(write(pending_.size()));
  die();
}

void SimulatedRecorder::die() {
  store_.reset();
  pending_.clear();
}

}  // namespace blitzen::sim
