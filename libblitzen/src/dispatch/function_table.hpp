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
  /// The function's index. Throws Error{unknown_function} if it lies in no module of this program.
  std::uint32_t index_of(const detail::Callable& callable);

  /// Indices count from here instead of 0. To be called while the table is empty.
  void begin_at(std::uint32_t first) { first_ = first; }
  [[nodiscard]] std::uint32_t first() const { return first_; }
  /// One past the highest index.
  [[nodiscard]] std::uint32_t end() const { return first_ + static_cast<std::uint32_t>(described_.size()); }
  /// How another process of the same image finds it. Its image hash is left for the caller to fill in.
  [[nodiscard]] const proto::Function& described(std::uint32_t index) const { return described_[index - first_]; }
  [[nodiscard]] const std::type_info& result_type(std::uint32_t index) const { return *results_[index - first_]; }

 private:
  struct Hash {
    std::size_t operator()(const detail::Callable& callable) const noexcept;
  };
  std::unordered_map<detail::Callable, std::uint32_t, Hash> indices_;
  std::vector<proto::Function> described_;
  std::vector<const std::type_info*> results_;
  std::uint32_t first_ = 0;
};

}  // namespace blitzen::dispatch
