// Anonymous memory that starts where a huge page does.
#pragma once

#include <cstddef>
#include <span>

namespace blitzen::base {

/// Of x86-64, and of arm64 with pages of 4 KiB. Where huge pages are larger there are none here, which only costs time.
inline constexpr std::size_t huge_page_bytes = 2 * 1024 * 1024;

/// Zeros that take no memory before they are touched. Throws std::bad_alloc.
[[nodiscard]] std::span<std::byte> map_huge(std::size_t bytes);
/// The same with the contents of `mapping`, which is gone then. Moves pages, not bytes.
[[nodiscard]] std::span<std::byte> remap_huge(std::span<std::byte> mapping, std::size_t bytes);
void unmap(std::span<std::byte> mapping) noexcept;

/// Gives the pages back; the bytes are zeros then.
void discard(std::span<std::byte> pages) noexcept;

}  // namespace blitzen::base
