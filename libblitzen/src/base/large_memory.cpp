#include "base/large_memory.hpp"

#include <pthread.h>

#include <algorithm>
#include <bitset>
#include <cstring>
#include <system_error>
#include <thread>

#include "base/all_signals_blocked.hpp"
#include "base/gap_allocator.hpp"
#include "base/huge_mapping.hpp"
#include "base/poison.hpp"

namespace blitzen::base {
namespace {

constexpr std::size_t region_pages = 32;
constexpr std::size_t region_bytes = region_pages * huge_page_bytes;
/// What every block is a multiple of: little against the smallest block, and a whole page, however large pages are.
constexpr std::size_t grain_bytes = 64 * 1024;

std::size_t rounded(std::size_t bytes) { return (bytes + grain_bytes - 1) / grain_bytes * grain_bytes; }

bool is_shared(std::size_t bytes) { return bytes <= LargeMemory::shared_block_bytes_max; }

}  // namespace

/// Some huge pages in a row that blocks share.
class LargeMemory::Region {
 public:
  Region() : memory_(map_huge(region_bytes)) { poison(memory_); }
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
  ~Region() {
    unpoison(memory_);
    unmap(memory_);
  }

  [[nodiscard]] bool contains(const std::byte* at) const {
    return at >= memory_.data() && at < memory_.data() + memory_.size();
  }
  [[nodiscard]] bool is_unused() const { return gaps_.empty() && idle_.none(); }

  /// Empty if there is no room.
  [[nodiscard]] std::span<std::byte> take(std::size_t bytes, std::size_t room, std::size_t& idle_bytes) {
    const auto extent = gaps_.allocate(bytes, room);
    if (!extent) return {};
    use(*extent, idle_bytes);
    return memory_.subspan(extent->offset, extent->bytes);
  }

  [[nodiscard]] bool extend(std::span<std::byte>& block, std::size_t bytes, std::size_t& idle_bytes) {
    Extent extent = extent_of(block);
    if (!gaps_.extend(extent, bytes)) return false;
    use(extent, idle_bytes);
    block = memory_.subspan(extent.offset, extent.bytes);
    return true;
  }

  void give_back(std::span<std::byte> block, std::size_t& idle_bytes) {
    poison(block);
    const Extent extent = gaps_.release(extent_of(block));
    for (std::size_t page = first_page(extent); page <= last_page(extent); ++page) {
      if (idle_[page] || !gaps_.is_free(page * huge_page_bytes, (page + 1) * huge_page_bytes)) continue;
      idle_[page] = true;
      idle_bytes += huge_page_bytes;
    }
  }

  /// Gives the highest page back that is used by no block. False: there is none.
  [[nodiscard]] bool trim(std::size_t& idle_bytes) {
    for (std::size_t page = region_pages; page-- > 0;) {
      if (!idle_[page]) continue;
      discard(memory_.subspan(page * huge_page_bytes, huge_page_bytes));
      idle_[page] = false;
      idle_bytes -= huge_page_bytes;
      return true;
    }
    return false;
  }

 private:
  [[nodiscard]] Extent extent_of(std::span<std::byte> block) const {
    return {static_cast<std::uint64_t>(block.data() - memory_.data()), block.size()};
  }
  [[nodiscard]] static std::size_t first_page(Extent extent) { return extent.offset / huge_page_bytes; }
  [[nodiscard]] static std::size_t last_page(Extent extent) {
    return (extent.offset + extent.bytes - 1) / huge_page_bytes;
  }

  void use(Extent extent, std::size_t& idle_bytes) {
    unpoison(memory_.subspan(extent.offset, extent.bytes));
    for (std::size_t page = first_page(extent); page <= last_page(extent); ++page) {
      if (idle_[page]) idle_bytes -= huge_page_bytes;
      idle_[page] = false;
    }
  }

  std::span<std::byte> memory_;
  GapAllocator gaps_{region_bytes, grain_bytes};
  std::bitset<region_pages> idle_;  // have memory, and no block
};

LargeMemory::LargeMemory() = default;
LargeMemory::~LargeMemory() = default;

LargeMemory& LargeMemory::of_process() {
  static LargeMemory& memory = *[] {
    static auto* const made = new LargeMemory;
    made->trims_itself_ = true;
    // A child must not inherit the lock from a thread that it did not inherit.
    const auto unlock_in_child = [] {
      made->trimming_ = false;
      made->mutex_.unlock();
    };
    ::pthread_atfork([] { made->mutex_.lock(); }, [] { made->mutex_.unlock(); }, unlock_in_child);
    return made;
  }();
  return memory;
}

std::span<std::byte> LargeMemory::take(std::size_t bytes, std::size_t room) {
  if (!is_shared(bytes)) return map_huge(rounded(bytes));
  const std::lock_guard lock(mutex_);
  return take_shared(bytes, std::min(room, shared_block_bytes_max));
}

std::span<std::byte> LargeMemory::take_shared(std::size_t bytes, std::size_t room) {
  auto block = take_in_regions(bytes, room);
  if (block.empty() && room > bytes) block = take_in_regions(bytes, 0);
  if (!block.empty()) return block;
  regions_.push_back(std::make_unique<Region>());
  return regions_.back()->take(bytes, room, idle_bytes_);
}

std::span<std::byte> LargeMemory::take_in_regions(std::size_t bytes, std::size_t room) {
  for (const auto& region : regions_) {
    const auto block = region->take(bytes, room, idle_bytes_);
    unneeded_bytes_ = std::min(unneeded_bytes_, idle_bytes_);
    if (!block.empty()) return block;
  }
  return {};
}

std::span<std::byte> LargeMemory::grow(std::span<std::byte> block, std::size_t bytes, std::size_t used,
                                       std::size_t room) {
  if (!is_shared(block.size())) return remap_huge(block, rounded(bytes));
  if (is_shared(bytes)) {
    const std::lock_guard lock(mutex_);
    const bool extended = region_of(block).extend(block, bytes, idle_bytes_);
    unneeded_bytes_ = std::min(unneeded_bytes_, idle_bytes_);
    if (extended) return block;
  }
  const std::span<std::byte> larger = take(bytes, room);
  std::memcpy(larger.data(), block.data(), used);
  give_back(block);
  return larger;
}

void LargeMemory::give_back(std::span<std::byte> block) noexcept {
  if (!is_shared(block.size())) return unmap(block);
  const std::lock_guard lock(mutex_);
  region_of(block).give_back(block, idle_bytes_);
  trim_to(idle_bytes_max);
  see_to_trimming();
}

std::size_t LargeMemory::idle_bytes() const {
  const std::lock_guard lock(mutex_);
  return idle_bytes_;
}

LargeMemory::Region& LargeMemory::region_of(std::span<const std::byte> block) const {
  return **std::ranges::find_if(regions_, [&](const auto& region) { return region->contains(block.data()); });
}

// Giving back

void LargeMemory::trim_unneeded() {
  const std::lock_guard lock(mutex_);
  trim_to(idle_bytes_ - std::min(unneeded_bytes_, idle_bytes_));
  unneeded_bytes_ = idle_bytes_;
}

/// Blocks come from the lowest gap, so what is highest is missed least.
void LargeMemory::trim_to(std::size_t idle_bytes_left) noexcept {
  for (auto region = regions_.rbegin(); idle_bytes_ > idle_bytes_left && region != regions_.rend(); ++region) {
    while (idle_bytes_ > idle_bytes_left && (*region)->trim(idle_bytes_)) {
    }
  }
  std::erase_if(regions_, [](const auto& region) { return region->is_unused(); });
}

void LargeMemory::see_to_trimming() noexcept {
  if (!trims_itself_ || trimming_ || idle_bytes_ == 0) return;
  try {
    const AllSignalsBlocked blocked;
    std::thread([this] { trim_until_nothing_is_idle(); }).detach();
    trimming_ = true;
  } catch (const std::system_error&) {
    trim_to(0);  // no more threads to be had
  }
}

void LargeMemory::trim_until_nothing_is_idle() {
  for (;;) {
    std::this_thread::sleep_for(idle_period);
    trim_unneeded();
    const std::lock_guard lock(mutex_);
    if (idle_bytes_ > 0) continue;
    trimming_ = false;
    return;
  }
}

}  // namespace blitzen::base
