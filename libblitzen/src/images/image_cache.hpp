// Images kept on disk by hash, so that each travels once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "base/shared_bytes.hpp"
#include "base/unique_fd.hpp"
#include "images/image_hash.hpp"

namespace blitzen::images {

/// Room for some hundred images of usual size, and little enough not to be noticed in a home directory.
inline constexpr std::uint64_t cache_bytes_max_default = 2ULL * 1024 * 1024 * 1024;

/// $XDG_CACHE_HOME/blitzen, else ~/.cache/blitzen. Throws Error{system} when there is no home directory.
[[nodiscard]] std::filesystem::path default_cache_dir();

/// A directory of images that several threads and processes may share: every file appears whole or not at all, and its
/// hash is checked whenever it is used. The least recently used ones make room for new ones, unless somebody keeps
/// them.
class ImageCache {
 public:
  /// Gets a sentence for the log about what went wrong and was put right: a damaged image, a file that cannot be read.
  using OnTrouble = std::function<void(const std::string& sentence)>;

  /// The directory (0700) is made by the first put().
  explicit ImageCache(std::filesystem::path directory = default_cache_dir(),
                      std::uint64_t bytes_max = cache_bytes_max_default, OnTrouble on_trouble = {});

  // What follows reads, hashes or writes whole images, at about the speed of SHA-256: not in an event loop. It throws
  // Interrupted when `stop` asks for it.

  /// Opens an image for reading and executing (close-on-exec); empty if it is not there.
  /// Reads all of it to check its hash: a damaged one is deleted and counts as not there, and so does whatever is no
  /// file or larger than an image can be. One that its owner may not read and execute is made so.
  [[nodiscard]] std::optional<base::UniqueFd> open(const proto::ImageHash& hash, const std::stop_token& stop = {});

  /// The image's bytes, checked like those of open(); empty if it is not there. Throws std::bad_alloc.
  [[nodiscard]] base::SharedBytes read(const proto::ImageHash& hash, const std::stop_token& stop = {});

  /// The same for who will need the image later: it makes no room for others as long as what is returned is open, also
  /// not in other processes.
  [[nodiscard]] std::optional<base::UniqueFd> keep(const proto::ImageHash& hash, const std::stop_token& stop = {});

  /// Stores an image, and removes the least recently used others while all together are larger than the limit. What it
  /// returns is the image opened as by open(), without reading it again.
  /// Throws Error{system} when `content` does not have this hash, or when the file cannot be written.
  base::UniqueFd put(const proto::ImageHash& hash, std::span<const std::byte> content,
                     const std::stop_token& stop = {});

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

 private:
  [[nodiscard]] std::filesystem::path path_of(const proto::ImageHash& hash) const;
  /// Opens what may be the image, by all but its content.
  [[nodiscard]] base::UniqueFd find(const std::filesystem::path& path, std::uint64_t& bytes) const;
  /// Says whether the image found there is whole; deletes it otherwise.
  [[nodiscard]] bool check(const std::filesystem::path& path, bool is_whole) const;
  void discard(const std::filesystem::path& path, const std::string& fault) const;
  /// An image that was found is used.
  void mark_used(const std::filesystem::path& path, int fd) const;
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
