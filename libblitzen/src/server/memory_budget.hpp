// What the payloads that wait in the server may take in memory, and what they take.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace blitzen::server {

/// Of all drivers together.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t limit = std::numeric_limits<std::uint64_t>::max()) : limit_(limit) {}

  void use(std::uint64_t bytes) { used_ += bytes; }
  void give_back(std::uint64_t bytes) { used_ -= bytes; }

  [[nodiscard]] std::uint64_t limit() const { return limit_; }
  [[nodiscard]] std::uint64_t used() const { return used_; }
  [[nodiscard]] bool exceeded() const { return used_ > limit_; }
  /// Whether there is enough room again for it to pay to say so.
  [[nodiscard]] bool relieved() const { return used_ < limit_ - limit_ / 4; }
  [[nodiscard]] std::uint64_t share(std::size_t drivers) const { return limit_ / std::max<std::size_t>(1, drivers); }

 private:
  std::uint64_t limit_;
  std::uint64_t used_ = 0;
};

/// Bytes that count towards a budget for as long as this lives. Without a budget they are only counted.
class BudgetedBytes {
 public:
  explicit BudgetedBytes(MemoryBudget* budget = nullptr) : budget_(budget) {}
  BudgetedBytes(const BudgetedBytes&) = delete;
  BudgetedBytes& operator=(const BudgetedBytes&) = delete;
  ~BudgetedBytes() { remove(bytes_); }

  void add(std::uint64_t bytes) {
    bytes_ += bytes;
    if (budget_ != nullptr) budget_->use(bytes);
  }
  void remove(std::uint64_t bytes) {
    bytes_ -= bytes;
    if (budget_ != nullptr) budget_->give_back(bytes);
  }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  MemoryBudget* budget_;
  std::uint64_t bytes_ = 0;
};

}  // namespace blitzen::server
