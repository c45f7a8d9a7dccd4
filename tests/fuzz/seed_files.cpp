#include "tests/fuzz/seed_files.hpp"

#include <fstream>
#include <stdexcept>
#include <string>

#include "tests/fuzz/fuzz_target.hpp"

namespace blitzen::fuzz {

void write_seeds(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  std::size_t count = 0;
  for (const Seed& seed : seeds()) {
    const auto path = directory / ("seed-" + std::to_string(count++));
    std::ofstream file{path, std::ios::binary};
    file.write(reinterpret_cast<const char*>(seed.input.data()), static_cast<std::streamsize>(seed.input.size()));
    if (!file) throw std::runtime_error("cannot write " + path.string());
  }
}

}  // namespace blitzen::fuzz
