// A target's seeds as files, which is how libFuzzer wants them.
#pragma once

#include <filesystem>

namespace blitzen::fuzz {

/// Into a directory, which is made; one file for each seed.
void write_seeds(const std::filesystem::path& directory);

}  // namespace blitzen::fuzz
