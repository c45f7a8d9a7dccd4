// The functions a dispatcher has been asked to run, each described once.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "blitzen/detail/call.hpp"
#include "proto/packets.hpp"

namespace blitzen::dispatch {

class FunctionTable {
 public:
  /// The function's index, which counts from 0. Throws Error{unknown_function} if it lies in no module of this program.
  std::uint32_t index_of(const detail::Callable& callable);

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(described_.size()); }
  /// How another process of the same image finds it. Its image hash is left for the caller to fill in.
  [[nodiscard]] const proto::Function& described(std::uint32_t index) const { return described_[index]; }
  [[nodiscard]] const std::type_info& result_type(std::uint32_t index) const { return *results_[index]; }

 private:
  struct Hash {
    std::size_t operator()(const detail::Callable& callable) const noexcept;
  };
  std::unordered_map<detail::Callable, std::uint32_t, Hash> indices_;
  std::vector<proto::Function> described_;
  std::vector<const std::type_info*> results_;
};

}  // namespace blitzen::dispatch
