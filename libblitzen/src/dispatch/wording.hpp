// Failures and sizes as sentences for people.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include "base/shared_bytes.hpp"
#include "blitzen/detail/engine.hpp"
#include "blitzen/error.hpp"
#include "proto/packets.hpp"

namespace blitzen::dispatch {

/// The error of a task that has no value; `name` is what run() called it, or empty.
[[nodiscard]] TaskError in_words(const detail::RawOutcome& outcome, const std::string& name);

/// A failure as the content of an outcome.
[[nodiscard]] base::SharedBytes as_content(const proto::Failure& failure);

/// "12.3 MiB"
[[nodiscard]] std::string in_mebibytes(std::uint64_t bytes);

/// What ends a dispatcher from within: what was thrown, as a sentence that says what happened and what to do.
/// `peer` is whom it exchanges data with.
[[nodiscard]] Error breakdown(const std::exception_ptr& thrown, const std::string& peer);

}  // namespace blitzen::dispatch
