// Task libraries, looked at from outside: the client itself never runs user code.
#pragma once

#include <filesystem>
#include <string>

namespace blitzen::client {

/// The absolute path of a task library that a zygote can try to open.
/// Throws Error{invalid_option} when there is none, or when it is no shared library for this machine.
[[nodiscard]] std::string check_task_library(const std::filesystem::path& path);

}  // namespace blitzen::client
