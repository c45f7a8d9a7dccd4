// What each fuzz target defines, and what it says when something is wrong. One program per target: libFuzzer runs it
// when it is built for that (scripts/fuzz), otherwise replay.cpp does, so that every check runs every target.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace blitzen::fuzz {

using Bytes = std::vector<std::byte>;

/// An input, and what it is, in a few words.
struct Seed {
  std::string name;
  Bytes input;
};

/// Tries one input, of which nothing is known. Returns when all is well. Defined by each target.
void try_input(std::span<const std::byte> input);

/// Where fuzzing begins: inputs that get far. Defined by each target.
[[nodiscard]] std::vector<Seed> seeds();

/// Ends the process with a sentence about what should not be, as a finding.
void require(bool holds, const char* sentence);

/// What decoding may allocate for bytes that came: the promise is four times as much, and a mebibyte.
[[nodiscard]] constexpr std::size_t allocation_bytes_max(std::size_t came) { return 4 * came + 1024 * 1024; }

/// The lines "name: hexadecimal digits" of a file; others are comments.
[[nodiscard]] std::vector<Seed> read_hex_lines(const std::string& file);

/// The bodies of tests/golden/packets.txt, by the names they have there.
[[nodiscard]] std::vector<Seed> golden_packets();

/// The packet number, or 0 for what is no packet, of a name in tests/golden/packets.txt.
[[nodiscard]] std::uint16_t packet_number_of(const std::string& name);

/// Takes an input apart. What is missing at its end is zeros.
class InputReader {
 public:
  explicit InputReader(std::span<const std::byte> input) : rest_(input) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] std::span<const std::byte> rest() const { return rest_; }
  [[nodiscard]] std::span<const std::byte> take(std::size_t bytes) {
    const auto taken = rest_.first(std::min(bytes, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  template <class Number>
  [[nodiscard]] Number number() {
    Number value = 0;
    const auto bytes = take(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size());
    return value;
  }

 private:
  std::span<const std::byte> rest_;
};

}  // namespace blitzen::fuzz
