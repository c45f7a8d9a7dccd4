// The cluster key: 32 random bytes in a file only its owner can read.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>

namespace blitzen::net {

/// Holds the key; wiped when destroyed.
class ClusterKey {
 public:
  static constexpr std::size_t bytes = 32;
  explicit ClusterKey(const std::array<std::byte, bytes>& secret);
  ClusterKey(const ClusterKey&);
  ClusterKey& operator=(const ClusterKey&);
  ~ClusterKey();

  [[nodiscard]] const std::array<std::byte, bytes>& secret() const noexcept { return secret_; }
  /// Names the key without giving it away: sent in the clear as the PSK identity, shown in logs.
  [[nodiscard]] std::string fingerprint() const;

 private:
  std::array<std::byte, bytes> secret_;
};

/// $XDG_CONFIG_HOME/blitzen/cluster.key, else ~/.config/blitzen/cluster.key.
[[nodiscard]] std::filesystem::path default_key_file();

/// Reads a key file. Throws Error{bad_key_file} when it is missing, malformed, or others may read it.
[[nodiscard]] ClusterKey load_key(const std::filesystem::path& file);

/// Like load_key, but makes the file (directory 0700, file 0600) when there is none. Safe against a second process
/// doing the same at the same time. `made` tells whether this call made it.
[[nodiscard]] ClusterKey load_or_make_key(const std::filesystem::path& file, bool& made);

struct FoundKey {
  ClusterKey key;
  std::filesystem::path file;  ///< Where it is from.
  std::string news;            ///< A sentence for the log when the key was made just now; else empty.
};

/// The key in `file`; if that is empty, the one in default_key_file(), which is made first if there is none and
/// `may_make`: on the server's machine whichever program starts first makes it.
[[nodiscard]] FoundKey find_key(const std::filesystem::path& file, bool may_make);

}  // namespace blitzen::net
