#include "apps/common/run_guarded.hpp"

#include <pthread.h>
#include <signal.h>

#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include "apps/common/command_line.hpp"
#include "blitzen/error.hpp"
#include "blitzen/logging.hpp"

namespace blitzen::app {
namespace {

bool log_has_the_end = false;

int end(ExitCode code, std::string_view sentence) {
  if (log_has_the_end) logging::get_logger().error(std::string(sentence));
  std::cerr << "error: " << sentence << '\n';
  return static_cast<int>(code);
}

}  // namespace

void log_the_end() { log_has_the_end = true; }

void outlive_readers() {
  sigset_t pipe;
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
}

int run_guarded(const std::function<ExitCode()>& program) {
  try {
    return static_cast<int>(program());
  } catch (const Answer& answer) {
    std::cout << answer.text << std::flush;
    return static_cast<int>(ExitCode::ok);
  } catch (const UsageError& error) {
    return end(ExitCode::usage, error.what());
  } catch (const Error& error) {
    return end(exit_code_for(error), error.what());
  } catch (const std::exception& error) {
    return end(ExitCode::failure, error.what());
  }
}

}  // namespace blitzen::app
