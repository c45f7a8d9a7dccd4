#include "apps/common/run_guarded.hpp"

#include <exception>
#include <iostream>
#include <string_view>

#include "apps/common/command_line.hpp"
#include "blitzen/error.hpp"

namespace blitzen::app {
namespace {

int end(ExitCode code, std::string_view sentence) {
  std::cerr << "error: " << sentence << '\n';
  return static_cast<int>(code);
}

}  // namespace

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
