// A target without libFuzzer: tries the files it is given. Given none, it tries the seeds, the inputs that found
// something once (tests/fuzz/regressions), and mutations of both, always the same ones.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

#include "tests/fuzz/fuzz_target.hpp"

namespace blitzen::fuzz {
namespace {

constexpr std::size_t mutations_per_seed = BLITZEN_FUZZ_MUTATIONS;

/// Longer inputs find nothing that shorter ones do not, but take longer.
constexpr std::size_t mutated_bytes_max = 16 * 1024;

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t bound) { return bound == 0 ? 0 : random() % bound; }

/// A value that is likelier to matter than a random one.
std::byte interesting_byte(Random& random) {
  constexpr std::byte values[] = {std::byte{0}, std::byte{1}, std::byte{0x7F}, std::byte{0x80}, std::byte{0xFF}};
  const std::size_t choice = below(random, std::size(values) + 2);
  return choice < std::size(values) ? values[choice] : static_cast<std::byte>(random());
}

void mutate_once(Bytes& input, const Bytes& other, Random& random) {
  const std::size_t at = below(random, input.size() + 1);
  const auto position = input.begin() + static_cast<std::ptrdiff_t>(at);
  const std::size_t length = std::min(input.size() - at, 1 + below(random, 16));
  switch (random() % 7) {
    case 0:
      if (at < input.size()) input[at] ^= static_cast<std::byte>(1U << (random() % 8));
      return;
    case 1:
    case 2:
      for (std::size_t i = 0; i < length; ++i) input[at + i] = interesting_byte(random);
      return;
    case 3:
      input.insert(position, 1 + below(random, 8), interesting_byte(random));
      return;
    case 4:
      input.erase(position, position + static_cast<std::ptrdiff_t>(length));
      return;
    case 5: {
      const Bytes copy(position, position + static_cast<std::ptrdiff_t>(length));
      input.insert(input.begin() + static_cast<std::ptrdiff_t>(below(random, input.size() + 1)), copy.begin(),
                   copy.end());
      return;
    }
    default: {
      const std::size_t from = below(random, other.size() + 1);
      input.resize(at);
      input.insert(input.end(), other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
    }
  }
}

Bytes mutated(const Bytes& input, const Bytes& other, Random& random) {
  Bytes result = input;
  for (std::size_t count = 1 + below(random, 4); count > 0; --count) mutate_once(result, other, random);
  if (result.size() > mutated_bytes_max) result.resize(mutated_bytes_max);
  return result;
}

/// So that every access outside of it is noticed by AddressSanitizer.
void try_exactly(const Bytes& input) {
  const Bytes exact(input.begin(), input.end());
  try_input(exact);
}

void try_file(const char* name) {
  std::ifstream file{name, std::ios::binary};
  if (!file) throw std::runtime_error(std::string{"cannot read "} + name);
  const std::string content{std::istreambuf_iterator<char>{file}, {}};
  const auto bytes = std::as_bytes(std::span{content});
  try_exactly({bytes.begin(), bytes.end()});
}

std::size_t try_seeds() {
  std::vector<Seed> all = read_hex_lines(BLITZEN_FUZZ_REGRESSIONS);
  for (Seed& seed : seeds()) all.push_back(std::move(seed));
  Random random{1};
  std::size_t tried = 0;
  for (const Seed& seed : all) {
    std::fprintf(stderr, "%s\n", seed.name.c_str());
    try_exactly(seed.input);
    for (std::size_t i = 0; i < mutations_per_seed; ++i) {
      try_exactly(mutated(seed.input, all[below(random, all.size())].input, random));
    }
    tried += 1 + mutations_per_seed;
  }
  return tried;
}

int run(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) try_file(argv[i]);
  const std::size_t tried = argc > 1 ? static_cast<std::size_t>(argc - 1) : try_seeds();
  std::printf("%zu inputs tried, nothing found\n", tried);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace blitzen::fuzz

int main(int argc, char** argv) {
  try {
    return blitzen::fuzz::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "finding: an exception escaped: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
