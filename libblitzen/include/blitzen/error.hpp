/// \file
/// The errors of Blitzen's own API. A task that fails is not one of them: that is an Outcome.
#pragma once

#include <stdexcept>
#include <string>

namespace blitzen {

/// Why the API cannot do its job. Each Error's what() is one sentence that says what happened and what to do.
enum class ErrorCode {
  not_initialised,   ///< blitzen::init was not the first line of main.
  invalid_option,    ///< An option has a value that makes no sense; the sentence names it.
  cannot_connect,    ///< No server answers there, or not in time.
  wrong_key,         ///< The server holds another cluster key, or one side has none.
  bad_key_file,      ///< The key file is missing, malformed or readable by others.
  version_mismatch,  ///< The two programs speak different protocol versions.
  not_blitzen,       ///< What answers there does not speak Blitzen's protocol.
  connection_lost,   ///< The server went away or went silent.
  task_limit,        ///< The task limit is reached, and the options say not to wait.
  unknown_task,      ///< The task was made by another dispatcher, or was cleared.
  shut_down,         ///< The dispatcher was joined or shut down already.
  forked,            ///< The dispatcher, server or client belongs to the process that this one was forked from.
  too_large,         ///< Arguments or a result exceed the packet limit.
  unknown_function,  ///< The function lies in no module of this program.
  job_unknown,       ///< The server has no job of that name to attach to.
  job_exists,        ///< The server has a job of that name already.
  job_taken_over,    ///< Another program attached to this dispatcher's job.
  system,            ///< The operating system refused something; the sentence says what.
};

/// Thrown when the API cannot do its job.
/// \code
/// try { cluster.run(f, 1); }
/// catch (const blitzen::Error& error) {
///   if (error.code() == blitzen::ErrorCode::wrong_key) ...
/// }
/// \endcode
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace blitzen
