#include "images/image_cache.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
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
#include "proto/limits.hpp"

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

  void write(std::span<const std::byte> content, const std::stop_token& stop) {
    while (!content.empty()) {
      if (stop.stop_requested()) throw Interrupted{};
      const ssize_t count = ::write(fd_.get(), content.data(), std::min(content.size(), uninterrupted_bytes_max));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail();
      content = content.subspan(static_cast<std::size_t>(count));
    }
  }

  /// Returns the file, open for reading. Closes it for writing first: a file that somebody still has open so cannot be
  /// executed.
  base::UniqueFd rename_to(const fs::path& path) {
    if (::fchmod(fd_.get(), S_IRWXU) != 0) fail();
    base::UniqueFd readable(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!readable) fail();
    if (::close(fd_.release()) != 0) fail();
    if (::rename(path_.c_str(), path.c_str()) != 0) {
      throw Error(ErrorCode::system, "cannot put an image into the image cache as " + path.string() + ": " + reason() +
                                         "; remove what is there");
    }
    renamed_ = true;
    return readable;
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

/// Empty when the file has fewer bytes, or cannot be read.
base::SharedBytes read_whole(int fd, std::size_t bytes, const std::stop_token& stop) {
  base::SharedBlock* block = base::SharedBlock::make(bytes);
  base::SharedBytes content(block, 0, static_cast<std::uint32_t>(bytes));
  for (std::size_t done = 0; done < bytes;) {
    if (stop.stop_requested()) throw Interrupted{};
    const std::size_t wanted = std::min(bytes - done, uninterrupted_bytes_max);
    const ssize_t count = ::pread(fd, block->data() + done, wanted, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return {};
    done += static_cast<std::size_t>(count);
  }
  return content;
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

std::optional<base::UniqueFd> ImageCache::open(const proto::ImageHash& hash, const std::stop_token& stop) {
  const fs::path path = path_of(hash);
  std::uint64_t bytes = 0;
  base::UniqueFd fd = find(path, bytes);
  if (!fd) return std::nullopt;
  try {
    if (!check(path, hash_file(fd.get(), stop) == hash)) return std::nullopt;
  } catch (const Error& error) {
    report("the cached image " + path.string() + " is of no use: " + error.what());
    return std::nullopt;
  }
  mark_used(path, fd.get());
  return fd;
}

std::optional<base::UniqueFd> ImageCache::keep(const proto::ImageHash& hash, const std::stop_token& stop) {
  std::optional<base::UniqueFd> fd = open(hash, stop);
  // Only evict() has it for itself, for a moment and before it removes it.
  while (fd && ::flock(fd->get(), LOCK_SH) != 0) {
    if (errno == EINTR) continue;
    report("cannot keep " + path_of(hash).string() + " in the image cache: " + reason());
    break;
  }
  struct stat status {};
  if (fd && ::fstat(fd->get(), &status) == 0 && status.st_nlink == 0) return std::nullopt;
  return fd;
}

base::SharedBytes ImageCache::read(const proto::ImageHash& hash, const std::stop_token& stop) {
  const fs::path path = path_of(hash);
  std::uint64_t bytes = 0;
  const base::UniqueFd fd = find(path, bytes);
  if (!fd || bytes == 0) return {};
  base::SharedBytes content = read_whole(fd.get(), bytes, stop);
  if (!check(path, hash_bytes(content.bytes(), stop) == hash)) return {};
  mark_used(path, fd.get());
  return content;
}

base::UniqueFd ImageCache::find(const fs::path& path, std::uint64_t& bytes) const {
  // O_NONBLOCK: a FIFO under the image's name would otherwise be waited for.
  base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) {
    if (errno != ENOENT) report("cannot open the cached image " + path.string() + ": " + reason());
    return {};
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    clear_away(path);
    return {};
  }
  bytes = static_cast<std::uint64_t>(status.st_size);
  // Before it is read: a sparse file can be larger than whatever one would have the patience to hash.
  if (bytes > proto::image_bytes_max) {
    discard(path, "is larger than an image can be");
    return {};
  }
  constexpr mode_t needed = S_IRUSR | S_IXUSR;
  if ((status.st_mode & needed) != needed && ::fchmod(fd.get(), S_IRWXU) != 0) {
    report("cannot make the cached image " + path.string() + " executable: " + reason());
  }
  return fd;
}

bool ImageCache::check(const fs::path& path, bool is_whole) const {
  if (!is_whole) discard(path, "was damaged");
  return is_whole;
}

void ImageCache::discard(const fs::path& path, const std::string& fault) const {
  const std::string what = "the cached image " + path.string() + " " + fault;
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return report(what + ": deleted it");
  report(what + " and cannot be deleted (" + reason() + "): remove it");
}

void ImageCache::mark_used(const fs::path& path, int fd) const {
  // The file's times are those of its last use: that is what eviction goes by.
  if (::futimens(fd, nullptr) != 0) report("cannot mark " + path.string() + " as used: " + reason());
}

void ImageCache::clear_away(const fs::path& path) const {
  const std::string what = "found " + path.string() + " in the image cache, which is no file";
  if (std::remove(path.c_str()) == 0) return report(what + ": removed it");
  report(what + " and cannot be removed (" + reason() + "): remove it, because the image of that name cannot be kept");
}

base::UniqueFd ImageCache::put(const proto::ImageHash& hash, std::span<const std::byte> content,
                               const std::stop_token& stop) {
  if (hash_bytes(content, stop) != hash) {
    throw Error(ErrorCode::system, "an image arrived damaged: its bytes do not have the hash " + to_hex(hash) +
                                       " that names it; send it again");
  }
  make_directory();
  const fs::path path = path_of(hash);
  TemporaryFile file(directory_);
  file.write(content, stop);
  base::UniqueFd written = file.rename_to(path);
  evict(path);
  return written;
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
    const base::UniqueFd fd(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) continue;  // somebody keeps it
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
