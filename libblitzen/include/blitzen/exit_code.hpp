/// \file
/// How Blitzen's programs end. Scripts may rely on these numbers: they never change.
#pragma once

#include "blitzen/error.hpp"

namespace blitzen {

/// The exit status of blitzen-server, blitzen-client and the examples.
enum class ExitCode : int {
  ok = 0,                ///< Did what it was asked to do, or was told to stop and did.
  failure = 1,           ///< Something unforeseen; the sentence on stderr says what.
  usage = 2,             ///< An option, environment variable or key of the config file makes no sense.
  cannot_connect = 3,    ///< No server answers there, or not in time.
  wrong_key = 4,         ///< The server holds another cluster key, or one side has none.
  bad_key_file = 5,      ///< The key file is missing, malformed or readable by others.
  version_mismatch = 6,  ///< The two programs speak different protocol versions.
  not_blitzen = 7,       ///< What answers there does not speak Blitzen's protocol.
  connection_lost = 8,   ///< The server went away, went silent or dropped this client for its timeouts.
  system = 9,            ///< The operating system refused something, such as a port that is taken.
  task_failed = 10,      ///< The program worked, but a task whose value it needed has none.
  job = 11,              ///< The job to attach to is not there, one to begin is there already, or another took it over.
};

/// The exit status for a program that ends because of `error`.
[[nodiscard]] constexpr ExitCode exit_code_for(ErrorCode error) noexcept {
  switch (error) {
    case ErrorCode::invalid_option:
      return ExitCode::usage;
    case ErrorCode::cannot_connect:
      return ExitCode::cannot_connect;
    case ErrorCode::wrong_key:
      return ExitCode::wrong_key;
    case ErrorCode::bad_key_file:
      return ExitCode::bad_key_file;
    case ErrorCode::version_mismatch:
      return ExitCode::version_mismatch;
    case ErrorCode::not_blitzen:
      return ExitCode::not_blitzen;
    case ErrorCode::connection_lost:
      return ExitCode::connection_lost;
    case ErrorCode::system:
      return ExitCode::system;
    case ErrorCode::job_unknown:
    case ErrorCode::job_exists:
    case ErrorCode::job_taken_over:
      return ExitCode::job;
    case ErrorCode::not_initialised:
    case ErrorCode::task_limit:
    case ErrorCode::unknown_task:
    case ErrorCode::shut_down:
    case ErrorCode::forked:
    case ErrorCode::too_large:
    case ErrorCode::unknown_function:
      return ExitCode::failure;
  }
  return ExitCode::failure;
}

[[nodiscard]] inline ExitCode exit_code_for(const Error& error) noexcept { return exit_code_for(error.code()); }

}  // namespace blitzen
