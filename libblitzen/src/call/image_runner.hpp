// What a worker does with a task: finds the function in its own image and calls it.
#pragma once

#include <map>

#include "blitzen/detail/call.hpp"
#include "call/modules.hpp"
#include "pool/worker.hpp"
#include "proto/packets.hpp"

namespace blitzen::call {

class ImageRunner : public pool::TaskRunner {
 public:
  [[nodiscard]] std::optional<std::string> open_library(const std::string& path) override;
  void prepare() override { modules_.refresh(); }
  [[nodiscard]] std::optional<std::string> define(std::uint32_t function,
                                                  std::span<const std::byte> definition) override;
  [[nodiscard]] pool::FinishKind run(std::uint32_t function, std::span<const std::byte> arguments,
                                     pool::ResultBuffer& result) override;
  void fail(std::string_view sentence, pool::ResultBuffer& result) override;

 private:
  Modules modules_;
  std::map<std::uint32_t, detail::Callable> functions_;
};

}  // namespace blitzen::call
