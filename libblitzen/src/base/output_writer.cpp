#include "base/output_writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <utility>

#include "base/all_signals_blocked.hpp"
#include "blitzen/logging.hpp"

namespace blitzen::base {
namespace {

/// Up to this size a write to a pipe is never mixed with those of other processes.
constexpr std::size_t atomic_bytes_max = PIPE_BUF;

}  // namespace

class OutputWriter::Queue {
 public:
  Queue(int fd, std::string name, OutputLimits limits) : fd_(fd), name_(std::move(name)), limits_(limits) {}

  void push(std::string_view line) {
    std::unique_lock lock(mutex_);
    const auto has_room = [&] {
      return broken_ || pending_.empty() || pending_.size() + line.size() < limits_.queue_bytes_max;
    };
    if (!has_room() && !stalled_) stalled_ = !room_.wait_for(lock, limits_.stall_max, has_room);
    if (broken_) return;
    if (!has_room()) {
      ++dropped_;
      return;
    }
    stalled_ = false;
    mention_dropped();
    pending_.append(line).push_back('\n');
    lock.unlock();
    news_.notify_one();
  }

  void flush() {
    std::unique_lock lock(mutex_);
    const auto written = [&] { return broken_ || (pending_.empty() && !writing_); };
    if (!stalled_) stalled_ = !room_.wait_for(lock, limits_.flush_max, written);
  }

  void close() {
    const std::lock_guard lock(mutex_);
    mention_dropped();
    closed_ = true;
    news_.notify_one();
  }

  /// False when the thread is still stuck in a write.
  bool wait_until_written() {
    std::unique_lock lock(mutex_);
    return room_.wait_for(lock, limits_.flush_max, [&] { return finished_; });
  }

  void run() {
    std::string taken;
    std::unique_lock lock(mutex_);
    while (true) {
      news_.wait(lock, [&] { return closed_ || !pending_.empty(); });
      if (pending_.empty()) break;
      taken.clear();
      std::swap(taken, pending_);
      writing_ = true;
      lock.unlock();
      room_.notify_one();
      const bool written = write_lines(taken);
      lock.lock();
      writing_ = false;
      room_.notify_one();
      if (!written) break;
    }
    broken_ = true;
    finished_ = true;
    room_.notify_one();
  }

 private:
  void mention_dropped() {
    if (dropped_ == 0) return;
    pending_ += "[blitzen: " + std::to_string(dropped_) + " lines were dropped: nobody read " + name_ + "]\n";
    dropped_ = 0;
  }

  /// Writes as many whole lines at once as stay unmixed.
  bool write_lines(std::string_view lines) {
    while (!lines.empty()) {
      std::size_t end = lines.size();
      if (end > atomic_bytes_max) {
        end = lines.rfind('\n', atomic_bytes_max - 1);
        if (end == std::string_view::npos) end = lines.find('\n');
        ++end;
      }
      if (!write_all(lines.substr(0, end))) return false;
      lines.remove_prefix(end);
    }
    return true;
  }

  bool write_all(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::write(fd_, text.data(), text.size());
      if (count >= 0) {
        text.remove_prefix(static_cast<std::size_t>(count));
      } else if (errno == EAGAIN) {
        pollfd writable{fd_, POLLOUT, 0};
        ::poll(&writable, 1, -1);
      } else if (errno != EINTR) {
        logging::get_logger().warning("what tasks print to " + name_ + " is lost from now on: " + std::strerror(errno));
        return false;
      }
    }
    return true;
  }

  const int fd_;
  const std::string name_;
  const OutputLimits limits_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::condition_variable room_;
  std::string pending_;
  std::uint64_t dropped_ = 0;
  bool stalled_ = false;  ///< The reader used up its stall_max and has not read since.
  bool writing_ = false;
  bool closed_ = false;
  bool broken_ = false;  ///< The descriptor takes nothing more.
  bool finished_ = false;
};

OutputWriter::OutputWriter(int fd, std::string name, OutputLimits limits)
    : queue_(std::make_shared<Queue>(fd, std::move(name), limits)) {}

OutputWriter::~OutputWriter() {
  if (!thread_.joinable()) return;
  queue_->close();
  if (queue_->wait_until_written()) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void OutputWriter::flush() {
  if (thread_.joinable()) queue_->flush();
}

void OutputWriter::write_line(std::string_view line) {
  if (!thread_.joinable()) {
    const AllSignalsBlocked blocked;
    thread_ = std::thread([queue = queue_] { queue->run(); });
  }
  queue_->push(line);
}

}  // namespace blitzen::base
