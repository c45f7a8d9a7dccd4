// Threads of a library must not take the signals that the program around it handles.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace blitzen::base {

/// While it lives, threads that this thread starts begin with every signal blocked. For SIGPIPE that means that writing
/// to a closed pipe is an error in that thread and not the end of the program.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace blitzen::base
