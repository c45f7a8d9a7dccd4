// Memory that the pool and its workers share: sealed memfds and mappings of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/unique_fd.hpp"

namespace blitzen::pool {

/// A memfd of that size, all zeros. Its size is sealed, so that no worker can make the pool fault by shrinking it.
/// Pages cost memory only once they are touched. Throws std::system_error.
[[nodiscard]] base::UniqueFd make_shared_memory(const char* name, std::uint64_t bytes);

/// Gives the pages of a range back; it reads as zeros afterwards.
void discard_pages(int memory, std::uint64_t offset, std::uint64_t bytes) noexcept;

enum class Access { read, read_and_write };

/// A range of a memfd in this process's address space.
class Mapping {
 public:
  Mapping() noexcept = default;
  /// Throws std::system_error.
  Mapping(int memory, std::uint64_t offset, std::size_t bytes, Access access = Access::read_and_write);
  Mapping(Mapping&& other) noexcept
      : start_(std::exchange(other.start_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(start_, other.start_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Mapping();

  /// Maps more of the memfd, perhaps elsewhere. Throws std::system_error, and is as it was.
  void grow(std::size_t bytes);

  [[nodiscard]] std::byte* data() const noexcept { return start_; }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_; }

 private:
  std::byte* start_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace blitzen::pool
