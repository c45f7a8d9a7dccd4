#include "images/image_cache.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "blitzen/error.hpp"

namespace blitzen::images {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view temporary_prefix = ".new-";

/// No image takes this long to write: an older temporary file was left by a process that died.
constexpr std::chrono::hours temporary_age_max{1};

std::string reason() { return std::strerror(errno); }

/// A file that is deleted again unless it was renamed to its final name.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& directory)
      : path_((directory / (std::string(temporary_prefix) + "XXXXXX")).string()),
        fd_(::mkostemp(path_.data(), O_CLOEXEC)) {
    if (!fd_) throw Error(ErrorCode::system, "cannot write to the image cache " + directory.string() + ": " + reason());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!renamed_) ::unlink(path_.c_str());
  }

  void write(std::span<const std::byte> content) {
    while (!content.empty()) {
      const ssize_t count = ::write(fd_.get(), content.data(), content.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail();
      content = content.subspan(static_cast<std::size_t>(count));
    }
  }

  /// Closes first: a file that somebody still has open for writing cannot be executed.
  void rename_to(const fs::path& path) {
    if (::fchmod(fd_.get(), S_IRWXU) != 0) fail();
    if (::close(fd_.release()) != 0) fail();
    if (::rename(path_.c_str(), path.c_str()) != 0) {
      throw Error(ErrorCode::system, "cannot put an image into the image cache as " + path.string() + ": " + reason() +
                                         "; remove what is there");
    }
    renamed_ = true;
  }

 private:
  [[noreturn]] void fail() const {
    throw Error(ErrorCode::system, "cannot write the image cache file " + path_ + ": " + reason() +
                                       "; make room there, or choose another place with XDG_CACHE_HOME");
  }

  std::string path_;
  base::UniqueFd fd_;
  bool renamed_ = false;
};

struct CachedFile {
  fs::path path;
  std::uint64_t bytes = 0;
  fs::file_time_type used;
};

bool is_regular(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

bool is_image_name(std::string_view name) {
  return name.size() == std::tuple_size_v<proto::ImageHash> * 2 &&
         name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Lists the images and removes what dead processes left. Files may vanish meanwhile: another process evicts too.
std::vector<CachedFile> list_images(const fs::path& directory) {
  std::vector<CachedFile> files;
  std::error_code error;
  const auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code vanished;
    const auto used = entry->last_write_time(vanished);
    if (vanished) continue;
    if (is_image_name(name)) {
      const std::uint64_t bytes = entry->file_size(vanished);
      if (!vanished) files.push_back({entry->path(), bytes, used});
    } else if (name.starts_with(temporary_prefix) && now - used > temporary_age_max) {
      fs::remove(entry->path(), vanished);
    }
  }
  return files;
}

std::string home_directory() {
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
  std::array<char, 16 * 1024> buffer;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    return found->pw_dir;
  }
  throw Error(ErrorCode::system, "cannot find a home directory for the image cache: set XDG_CACHE_HOME");
}

}  // namespace

fs::path default_cache_dir() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  // The XDG specification says to ignore relative paths.
  if (cache != nullptr && *cache == '/') return fs::path(cache) / "blitzen";
  return fs::path(home_directory()) / ".cache" / "blitzen";
}

ImageCache::ImageCache(fs::path directory, std::uint64_t bytes_max, OnTrouble on_trouble)
    : directory_(std::move(directory)), bytes_max_(bytes_max), on_trouble_(std::move(on_trouble)) {}

fs::path ImageCache::path_of(const proto::ImageHash& hash) const { return directory_ / to_hex(hash); }

std::optional<base::UniqueFd> ImageCache::open(const proto::ImageHash& hash) {
  const fs::path path = path_of(hash);
  // O_NONBLOCK: a FIFO under the image's name would otherwise be waited for.
  base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) {
    if (errno != ENOENT) report("cannot open the cached image " + path.string() + ": " + reason());
    return std::nullopt;
  }
  if (!is_regular(fd.get())) {
    clear_away(path);
    return std::nullopt;
  }
  try {
    if (hash_file(fd.get()) != hash) {
      ::unlink(path.c_str());
      report("the cached image " + path.string() + " was damaged: deleted it");
      return std::nullopt;
    }
  } catch (const Error& error) {
    report("the cached image " + path.string() + " is of no use: " + error.what());
    return std::nullopt;
  }
  // The file's times are those of its last use: that is what eviction goes by.
  if (::futimens(fd.get(), nullptr) != 0) report("cannot mark " + path.string() + " as used: " + reason());
  return fd;
}

void ImageCache::clear_away(const fs::path& path) const {
  const std::string what = "found " + path.string() + " in the image cache, which is no file";
  if (std::remove(path.c_str()) == 0) return report(what + ": removed it");
  report(what + " and cannot be removed (" + reason() + "): remove it, because the image of that name cannot be kept");
}

void ImageCache::put(const proto::ImageHash& hash, std::span<const std::byte> content) {
  if (hash_bytes(content) != hash) {
    throw Error(ErrorCode::system, "an image arrived damaged: its bytes do not have the hash " + to_hex(hash) +
                                       " that names it; send it again");
  }
  make_directory();
  const fs::path path = path_of(hash);
  TemporaryFile file(directory_);
  file.write(content);
  file.rename_to(path);
  evict(path);
}

void ImageCache::make_directory() const {
  std::error_code error;
  fs::create_directories(directory_.parent_path(), error);
  if (::mkdir(directory_.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    throw Error(ErrorCode::system, "cannot make the image cache " + directory_.string() + ": " + reason() +
                                       "; choose another place with XDG_CACHE_HOME");
  }
  struct stat status {};
  const bool ours = ::stat(directory_.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
                    status.st_uid == ::geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  // Somebody else could swap an image between the check of its hash and its start.
  if (!ours) {
    throw Error(ErrorCode::system, "the image cache " + directory_.string() +
                                       " is not a directory that only you can write to: chmod 700 it, or choose "
                                       "another place with XDG_CACHE_HOME");
  }
}

void ImageCache::evict(const fs::path& keep) const {
  std::vector<CachedFile> files = list_images(directory_);
  std::uint64_t total = 0;
  for (const CachedFile& file : files) total += file.bytes;
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.used < b.used; });
  for (const CachedFile& file : files) {
    if (total <= bytes_max_) return;
    if (file.path == keep) continue;
    std::error_code error;
    fs::remove(file.path, error);
    if (error) {
      report("cannot remove the cached image " + file.path.string() + ": " + error.message());
    } else {
      total -= file.bytes;
    }
  }
}

void ImageCache::report(const std::string& sentence) const {
  if (on_trouble_) on_trouble_(sentence);
}

}  // namespace blitzen::images
