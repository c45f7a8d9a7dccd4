// Memory for large payloads. Fresh pages cost more than copying what is put into them, so pages are huge where the
// system has huge ones, and are kept for some seconds when they fall idle.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace blitzen::base {

/// Thread-safe.
class LargeMemory {
 public:
  /// Smaller blocks are left to malloc, which has warm memory for them.
  static constexpr std::size_t block_bytes_min = 256 * 1024;
  /// Larger blocks are mapped one by one, and given back at once: their pages are few compared with what is done to
  /// their bytes.
  static constexpr std::size_t shared_block_bytes_max = 16 * 1024 * 1024;
  /// Pages that no block uses are kept up to this much: some hundred payloads of a mebibyte.
  static constexpr std::size_t idle_bytes_max = 256 * 1024 * 1024;
  /// Pages that were not needed for this long are given back: waves of calls may be some seconds apart, and in a
  /// virtual machine a fresh page can cost several times what is done to it.
  static constexpr std::chrono::seconds idle_period{3};

  LargeMemory();
  LargeMemory(const LargeMemory&) = delete;
  LargeMemory& operator=(const LargeMemory&) = delete;
  /// Every block must have been given back.
  ~LargeMemory();

  /// What the whole process uses, also after fork(). Never destroyed: blocks may outlive everything else. While pages
  /// are idle, a thread gives those back that are not needed.
  [[nodiscard]] static LargeMemory& of_process();

  /// At least that many bytes, at the start of a page; what they contain is undefined. If possible where it can grow to
  /// `room` bytes without being moved: that takes no memory. Throws std::bad_alloc.
  [[nodiscard]] std::span<std::byte> take(std::size_t bytes, std::size_t room = 0);
  /// A larger block that begins with the first `used` bytes of this one, which is taken over. Throws std::bad_alloc,
  /// and then the old one is left as it is.
  [[nodiscard]] std::span<std::byte> grow(std::span<std::byte> block, std::size_t bytes, std::size_t used,
                                          std::size_t room = 0);
  void give_back(std::span<std::byte> block) noexcept;

  /// Memory that has pages but no block.
  [[nodiscard]] std::size_t idle_bytes() const;
  /// Gives as many pages back as were idle all the time since the last call. To be called once in an idle period.
  void trim_unneeded();

 private:
  class Region;
  using Regions = std::vector<std::unique_ptr<Region>>;

  [[nodiscard]] std::span<std::byte> take_shared(std::size_t bytes, std::size_t room);
  [[nodiscard]] std::span<std::byte> take_in_regions(std::size_t bytes, std::size_t room);
  [[nodiscard]] Region& region_of(std::span<const std::byte> block) const;
  void trim_to(std::size_t idle_bytes_left) noexcept;
  void see_to_trimming() noexcept;
  void trim_until_nothing_is_idle();

  mutable std::mutex mutex_;
  Regions regions_;
  std::size_t idle_bytes_ = 0;
  std::size_t unneeded_bytes_ = 0;  ///< The fewest that were idle since the last trim_unneeded().
  bool trims_itself_ = false;
  bool trimming_ = false;  ///< A thread of this process is at it.
};

}  // namespace blitzen::base
