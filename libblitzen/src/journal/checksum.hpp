// What every row of a journal is checked by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

namespace blitzen::journal {

/// XXH3-64 of the numbers and the content behind them.
[[nodiscard]] std::uint64_t checksum(std::initializer_list<std::uint64_t> numbers,
                                     std::span<const std::byte> content = {});

}  // namespace blitzen::journal
