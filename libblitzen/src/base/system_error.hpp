// Refusals of the operating system as errors of Blitzen.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

#include "blitzen/error.hpp"

namespace blitzen::base {

/// "cannot make an eventfd: Too many open files"; reads errno.
[[nodiscard]] inline Error system_error(const std::string& what) {
  return {ErrorCode::system, what + ": " + std::generic_category().message(errno)};
}

}  // namespace blitzen::base
