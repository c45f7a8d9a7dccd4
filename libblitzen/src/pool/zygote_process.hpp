// The pool's end of a zygote: starting it, talking to it, ending it.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "pool/control.hpp"
#include "pool/output_pipe.hpp"
#include "pool/pool.hpp"
#include "pool/process_tree.hpp"

namespace blitzen::pool {

class ZygoteProcess {
 public:
  /// Starts it. Throws std::system_error with a what() that says why that is impossible.
  ZygoteProcess(const ImageSource& source, std::size_t last_lines_bytes_max);
  ZygoteProcess(const ZygoteProcess&) = delete;
  ZygoteProcess& operator=(const ZygoteProcess&) = delete;
  /// Kills it if it still runs, and reaps it.
  ~ZygoteProcess();

  /// Readable when it says something.
  [[nodiscard]] int control() const { return control_.get(); }
  /// Readable when it is dead.
  [[nodiscard]] int death() const { return death_.get(); }
  [[nodiscard]] pid_t process() const { return process_; }
  [[nodiscard]] OutputPipe& out() { return out_; }
  [[nodiscard]] OutputPipe& err() { return err_; }

  [[nodiscard]] bool send(const ControlMessage& message, const std::vector<int>& descriptors = {});
  [[nodiscard]] Receipt receive(ControlMessage& message);

  /// Its wait status, once it is dead. If it was killed, what it left is ended first.
  [[nodiscard]] std::optional<int> reap();
  /// It kills all its workers and exits.
  void hang_up();
  void kill();
  /// A task may have stopped it. Then it says nothing of workers that died.
  void resume() { signal_watched(death_, SIGCONT); }

 private:
  void spawn(const ImageSource& source, int control, int out, int err);

  std::string family_;
  base::UniqueFd control_;
  base::UniqueFd death_;
  OutputPipe out_;
  OutputPipe err_;
  pid_t process_ = 0;
  std::optional<int> status_;
};

/// "it was killed by signal 9 (Killed)", "it exited with status 3".
[[nodiscard]] std::string describe_status(int wait_status);

}  // namespace blitzen::pool
