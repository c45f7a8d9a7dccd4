// The way a main ends: with a documented exit status, and with one sentence when something went wrong.
#pragma once

#include <functional>

#include "blitzen/exit_code.hpp"

namespace blitzen::app {

/// Runs the program and returns main's result. What it throws becomes one sentence on stderr and an exit status;
/// --help and --version become their text on stdout and ExitCode::ok.
[[nodiscard]] int run_guarded(const std::function<ExitCode()>& program);

/// From now on that sentence is in the log as well, for who reads the log only.
void log_the_end();

/// From now on, writing to a pipe that nobody reads is an error and not the end of the program: a server outlives what
/// read its stderr. For this thread, whose children inherit it unless they say otherwise, as workers do.
void outlive_readers();

}  // namespace blitzen::app
