/// \file
/// Whether what travels between programs is compressed.
#pragma once

#include <cstdint>

namespace blitzen {

/// A connection is compressed (with zstd, where a frame is large enough to gain by it) when the programs at both of its
/// ends want it to be.
enum class Compression : std::uint8_t {
  automatic,  ///< Unless both ends are on one machine.
  on,
  off,
};

}  // namespace blitzen
