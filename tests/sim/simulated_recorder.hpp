// Commits a journal's records step by step, on a simulated disk.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "agenda.hpp"
#include "journal/recorder.hpp"
#include "journal/store.hpp"
#include "random.hpp"

namespace blitzen::sim {

class SimulatedRecorder final : public journal::Recorder {
 public:
  SimulatedRecorder(Agenda& agenda, Random random, std::unique_ptr<journal::Store> store,
                    journal::OnCommitted committed, journal::OnFailed failed);

  std::uint64_t record(journal::Record record) override;
  [[nodiscard]] std::size_t unwritten_bytes() const override;
  void stop() override;

  /// The disk does nothing for a while.
  void pause(core::Duration how_long);
  /// Its process is gone: what was not committed is lost.
  void die();

 private:
  struct Alive {};

  void commit_later();
  void commit();
  [[nodiscard]] bool write(std::size_t count);

  Agenda& agenda_;
  Random random_;
  std::unique_ptr<journal::Store> store_;  ///< Null once it ended.
  journal::OnCommitted committed_;
  journal::OnFailed failed_;
  std::deque<journal::Record> pending_;
  std::uint64_t recorded_ = 0;
  bool commit_due_ = false;
  core::TimePoint paused_until_{};
  std::shared_ptr<Alive> alive_ = std::make_shared<Alive>();
};

}  // namespace blitzen::sim
