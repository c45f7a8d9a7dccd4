// A directory for keys, images and what tasks leave for this program to read.
#pragma once

#include <filesystem>

namespace blitzen::bench {

class ScratchDirectory {
 public:
  /// Throws Error{system}.
  ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory() { remove(); }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  void remove() const noexcept;

 private:
  std::filesystem::path path_;
};

}  // namespace blitzen::bench
