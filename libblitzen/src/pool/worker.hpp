// The other end of the pool: what runs inside a zygote and its workers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pool/pool.hpp"
#include "pool/result_buffer.hpp"

namespace blitzen::pool {

/// What a worker needs from the program it lives in: how to find and call functions.
class TaskRunner {
 public:
  virtual ~TaskRunner() = default;
  /// Opens a task library; a sentence if that fails. Called in the zygote, before any worker is forked.
  [[nodiscard]] virtual std::optional<std::string> open_library(const std::string& path) = 0;
  /// Finds out what `define` needs to know, which is cheaper once in the zygote than in each of its workers.
  virtual void prepare() {}
  /// Learns how to call `function`; a sentence if this image cannot (its tasks are then refused).
  [[nodiscard]] virtual std::optional<std::string> define(std::uint32_t function,
                                                          std::span<const std::byte> definition) = 0;
  /// Calls it. Writes the result, or the serialised failure, to `result`, which is empty. Never throws.
  [[nodiscard]] virtual FinishKind run(std::uint32_t function, std::span<const std::byte> arguments,
                                       ResultBuffer& result) = 0;
  /// Writes a serialised failure that says `sentence`: what FinishKind::error is told with. Never throws.
  virtual void fail(std::string_view sentence, ResultBuffer& result) = 0;
};

/// True in a process that a pool started: the program must call serve() and nothing else.
[[nodiscard]] bool started_by_pool();

/// Serves as zygote (or as an exec'd worker) until the pool goes away. Never returns.
[[noreturn]] void serve(TaskRunner& runner);

}  // namespace blitzen::pool
