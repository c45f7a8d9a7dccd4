// The environment variables that this program and its children see.
#pragma once

#include <filesystem>

namespace blitzen::bench {

/// Moves keys and image caches into the directory, and forgets what the user has set for clusters of their own.
void use_own_environment(const std::filesystem::path& directory);

}  // namespace blitzen::bench
