// Images kept on disk by hash, so that each travels once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/unique_fd.hpp"
#include "images/image_hash.hpp"

namespace blitzen::images {

/// Room for some hundred images of usual size, and little enough not to be noticed in a home directory.
inline constexpr std::uint64_t cache_bytes_max_default = 2ULL * 1024 * 1024 * 1024;

/// $XDG_CACHE_HOME/blitzen, else ~/.cache/blitzen. Throws Error{system} when there is no home directory.
[[nodiscard]] std::filesystem::path default_cache_dir();

/// A directory of images that several threads and processes may share: every file appears whole or not at all, and its
/// hash is checked whenever it is used. The least recently used ones make room for new ones.
class ImageCache {
 public:
  /// Gets a sentence for the log about what went wrong and was put right: a damaged image, a file that cannot be read.
  using OnTrouble = std::function<void(const std::string& sentence)>;

  /// The directory (0700) is made by the first put().
  explicit ImageCache(std::filesystem::path directory = default_cache_dir(),
                      std::uint64_t bytes_max = cache_bytes_max_default, OnTrouble on_trouble = {});

  /// Opens an image for reading or executing (close-on-exec); empty if it is not there.
  /// Reads all of it to check its hash: a damaged one is deleted and counts as not there, and so
  /// does whatever is no file.
  [[nodiscard]] std::optional<base::UniqueFd> open(const proto::ImageHash& hash);

  /// Keeps an image, and removes the least recently used others while all together are larger than the limit.
  /// Throws Error{system} when `content` does not have this hash, or when the file cannot be written.
  void put(const proto::ImageHash& hash, std::span<const std::byte> content);

 private:
  [[nodiscard]] std::filesystem::path path_of(const proto::ImageHash& hash) const;
  void make_directory() const;
  /// Removes what has an image's name and is no file.
  void clear_away(const std::filesystem::path& path) const;
  void evict(const std::filesystem::path& keep) const;
  void report(const std::string& sentence) const;

  std::filesystem::path directory_;
  std::uint64_t bytes_max_;
  OnTrouble on_trouble_;
};

}  // namespace blitzen::images
