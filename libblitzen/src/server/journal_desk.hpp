// Records what must outlive the server, and holds back what may be told only once it is on the disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/shared_bytes.hpp"
#include "core/ids.hpp"
#include "journal/recorder.hpp"
#include "journal/store.hpp"
#include "proto/packets.hpp"
#include "server/client_session.hpp"
#include "server/driver_session.hpp"
#include "server/event_loop.hpp"

namespace blitzen::server {

/// More than this on its way to the disk, and no more is read from drivers and clients until it is half as much.
inline constexpr std::size_t unwritten_bytes_max = 64 * 1024 * 1024;

/// Lives on an event loop and never keeps it waiting: a recorder writes, many records at a time.
class JournalDesk {
 public:
  /// What was held back and may be told now, in the order in which it was recorded.
  struct Safe {
    struct Outcome {
      core::DriverId driver;
      proto::ReportedOutcome outcome;  ///< Its content is part of `packet`.
      base::SharedBytes packet;
    };
    struct Start {
      core::ClientId client;
      Assignment assignment;
    };
    struct Accepted {
      core::DriverId driver;
      std::uint64_t below;
    };
    struct Forgotten {
      core::DriverId driver;
      proto::SessionId session;
      std::uint64_t sequence;
    };
    /// A driver that attached to a job, and everything that was recorded before.
    struct Attached {
      core::DriverId driver;
      proto::SessionId session;
    };
    std::vector<Accepted> accepted;
    std::vector<Forgotten> forgotten;
    std::vector<Start> starts;
    std::vector<Outcome> outcomes;
    std::vector<Attached> attached;
  };
  /// Also called, with nothing, when nothing is held back any more.
  using OnSafe = std::function<void(const Safe&)>;
  /// Nothing will be safe any more.
  using OnFailed = journal::OnFailed;

  /// Has records brought to the store's disk from now on. What it is to call may be called in any thread.
  using StartRecorder = std::function<std::unique_ptr<journal::Recorder>(
      std::unique_ptr<journal::Store> store, journal::OnCommitted committed, journal::OnFailed failed)>;
  /// By a thread: a journal::Writer.
  [[nodiscard]] static std::unique_ptr<journal::Recorder> start_writer(std::unique_ptr<journal::Store> store,
                                                                       journal::OnCommitted committed,
                                                                       journal::OnFailed failed);

  JournalDesk(EventLoop& loop, std::unique_ptr<journal::Store> store, const StartRecorder& start, OnSafe on_safe,
              OnFailed on_failed);
  JournalDesk(const JournalDesk&) = delete;
  JournalDesk& operator=(const JournalDesk&) = delete;
  ~JournalDesk() { stop(); }

  /// Ends the thread that writes, once it has written.
  void stop() { recorder_->stop(); }

  void joined(const DriverSession& driver);
  /// Its record is another one from now on.
  void changed(const DriverSession& driver);
  /// Another driver has the job from now on.
  void attached(const DriverSession& driver);
  void forgotten(core::DriverId driver);
  void defined(core::DriverId driver, const proto::Function& function);
  void submitted(core::DriverId driver, const proto::SubmittedTask& task, base::SharedBytes arguments);
  /// All that was submitted so far with lower numbers than that.
  void accepted(core::DriverId driver, std::uint64_t below);
  /// The task must not be started twice.
  void starting(core::ClientId client, const Assignment& assignment);
  /// True if it was to start, and now is not.
  bool withdraw(core::ClientId client, const Assignment& assignment);
  /// All that was to start on this client, and now is not.
  [[nodiscard]] std::vector<Assignment> withdraw_all(core::ClientId client);
  void settled(core::DriverId driver, const proto::ReportedOutcome& outcome, const base::SharedBytes& packet);
  /// `numbers` may be in any order.
  void acknowledged(core::DriverId driver, std::vector<std::uint64_t> numbers);
  /// The same for tasks of a job.
  void forgotten(const DriverSession& driver, const proto::ForgetTasks& packet);

  /// Whether more is recorded than the disk takes.
  [[nodiscard]] bool congested() const { return recorder_->unwritten_bytes() > unwritten_bytes_max; }
  [[nodiscard]] bool relieved() const { return recorder_->unwritten_bytes() < unwritten_bytes_max / 2; }

 private:
  /// What becomes safe together.
  struct Held {
    std::uint64_t position = 0;
    Safe safe;
  };

  void record(journal::Record record);
  /// Where to put what becomes safe with the last record.
  [[nodiscard]] Safe& held();
  void committed(std::uint64_t position);
  void release();

  EventLoop& loop_;
  OnSafe on_safe_;
  std::deque<Held> held_;
  bool sealed_ = false;  ///< Nothing is added to the last of them.
  std::uint64_t position_ = 0;
  std::atomic<std::uint64_t> committed_{0};
  std::atomic<bool> release_posted_{false};
  std::unique_ptr<journal::Recorder> recorder_;  ///< Last, so that it ends first.
};

}  // namespace blitzen::server
