// Programs that are no part of Blitzen, or are a test of their own.
#pragma once

#include <string>
#include <vector>

namespace blitzen::soak {

/// Runs a program found by PATH, whose output goes where this program's goes, and returns its exit status, or 128 and
/// the signal's number.
int run_command(const std::vector<std::string>& command);

/// The same; throws std::runtime_error when the status is not 0.
void must_run(const std::vector<std::string>& command);

}  // namespace blitzen::soak
