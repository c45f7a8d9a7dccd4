// The way a main ends: with a documented exit status, and with one sentence when something went wrong.
#pragma once

#include <functional>

#include "blitzen/exit_code.hpp"

namespace blitzen::app {

/// Runs the program and returns main's result. What it throws becomes one sentence on stderr and an exit status;
/// --help and --version become their text on stdout and ExitCode::ok.
[[nodiscard]] int run_guarded(const std::function<ExitCode()>& program);

}  // namespace blitzen::app
