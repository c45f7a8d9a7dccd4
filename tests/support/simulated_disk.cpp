#include "tests/support/simulated_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <random>
#include <stdexcept>
#include <utility>

namespace blitzen::testing {
namespace {

constexpr std::size_t sector_bytes = SimulatedDisk::sector_bytes;

/// A file as it reads now, and as it would be after a crash if nothing unsynced survived.
class File {
 public:
  /// All of it is on the disk.
  void replace(std::span<const std::byte> content) {
    now_.assign(content.begin(), content.end());
    is_as_put_ = true;
    forget_dirt();
    durable_ = true;
  }

  [[nodiscard]] const std::vector<std::byte>& content() const { return now_; }
  [[nodiscard]] bool is_durable() const { return durable_; }

  void write(std::span<const std::byte> bytes, std::size_t offset) {
    const std::size_t end = offset + bytes.size();
    touch(std::min(offset, now_.size()), end);
    if (end > now_.size()) now_.resize(end);
    if (!bytes.empty()) std::memcpy(now_.data() + offset, bytes.data(), bytes.size());
  }

  void truncate(std::size_t size) {
    touch(std::min(size, now_.size()), std::max(size, now_.size()));
    now_.resize(size);
  }

  void sync() {
    durable_ = true;
    if (is_as_put_) return;
    synced_.resize(now_.size());
    for (const std::size_t sector : dirty_) copy_sector(sector, synced_);
    forget_dirt();
  }

  void crash(std::mt19937_64& random) {
    keep_synced();
    const std::size_t size = random() % 2 == 0 ? synced_.size() : now_.size();
    std::vector<std::byte> after = synced_;
    after.resize(size);
    std::sort(dirty_.begin(), dirty_.end());
    for (const std::size_t sector : dirty_) {
      if (random() % 2 == 0) copy_sector(sector, after);
    }
    now_ = synced_ = std::move(after);
    forget_dirt();
    durable_ = true;
  }

 private:
  void keep_synced() {
    if (std::exchange(is_as_put_, false)) synced_ = now_;
  }

  /// Before that range is written.
  void touch(std::size_t begin, std::size_t end) {
    keep_synced();
    if (is_dirty_.size() * sector_bytes < end) is_dirty_.resize(end / sector_bytes + 1);
    for (std::size_t sector = begin / sector_bytes; sector * sector_bytes < end; ++sector) {
      if (!is_dirty_[sector]) dirty_.push_back(sector);
      is_dirty_[sector] = true;
    }
  }

  /// As much of it as both have.
  void copy_sector(std::size_t sector, std::vector<std::byte>& to) const {
    const std::size_t begin = sector * sector_bytes;
    const std::size_t end = std::min({begin + sector_bytes, now_.size(), to.size()});
    if (begin < end) std::memcpy(to.data() + begin, now_.data() + begin, end - begin);
  }

  void forget_dirt() {
    for (const std::size_t sector : dirty_) is_dirty_[sector] = false;
    dirty_.clear();
  }

  std::vector<std::byte> now_;
  std::vector<std::byte> synced_;   ///< Unless it is as it was put.
  std::vector<std::size_t> dirty_;  ///< Sectors written since the last sync.
  std::vector<bool> is_dirty_;
  bool durable_ = false;
  bool is_as_put_ = false;
};

/// What SQLite allocates for each file it has open.
struct OpenFile {
  sqlite3_file base;
  SimulatedDisk::Impl* disk;
  std::shared_ptr<File>* file;
};

}  // namespace

class SimulatedDisk::Impl {
 public:
  explicit Impl(std::uint64_t seed);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { sqlite3_vfs_unregister(&vfs_); }

  /// Whether the operation that is about to be made fails.
  bool fails(bool is_write) {
    ++operations;
    if (!failing_ || operations <= fails_from_) return false;
    if (fault_ == Fault::disk_full && !is_write) return false;
    if (!lasting_) failing_ = false;
    last_error = fault_ == Fault::disk_full ? ENOSPC : EIO;
    return true;
  }
  [[nodiscard]] int write_error() const { return last_error == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE; }

  void fail_after(std::uint64_t count, Fault fault, bool lasting) {
    failing_ = true;
    fails_from_ = operations + count;
    fault_ = fault;
    lasting_ = lasting || fault == Fault::power_loss;
  }
  void stop_failing() { failing_ = false; }

  void put(const std::string& path, std::span<const std::byte> content) {
    std::shared_ptr<File>& file = files[path];
    if (!file) file = std::move(removed_);
    // One that is not open is written over: its memory is there already.
    if (file.use_count() != 1) file = std::make_shared<File>();
    file->replace(content);
  }

  bool remove(const std::string& path) {
    const auto found = files.find(path);
    if (found == files.end()) return false;
    removed_ = std::move(found->second);
    files.erase(found);
    return true;
  }

  std::string name;
  std::map<std::string, std::shared_ptr<File>> files;
  std::mt19937_64 random;
  std::uint64_t operations = 0;
  int last_error = 0;

 private:
  sqlite3_vfs vfs_{};
  std::shared_ptr<File> removed_;  ///< The last one.
  bool failing_ = false;
  bool lasting_ = false;
  std::uint64_t fails_from_ = 0;
  Fault fault_ = Fault::io_error;
};

namespace {

using Impl = SimulatedDisk::Impl;

OpenFile& open_file(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
File& content_of(sqlite3_file* file) { return **open_file(file).file; }
bool fails(sqlite3_file* file, bool is_write) { return open_file(file).disk->fails(is_write); }
Impl& disk_of(sqlite3_vfs* vfs) { return *static_cast<Impl*>(vfs->pAppData); }

int close_file(sqlite3_file* file) {
  delete open_file(file).file;
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* to, int count, sqlite3_int64 offset) {
  if (fails(file, false)) return SQLITE_IOERR_READ;
  const std::vector<std::byte>& content = content_of(file).content();
  const auto begin = std::min(static_cast<std::size_t>(offset), content.size());
  const auto wanted = static_cast<std::size_t>(count);
  const std::size_t there = std::min(wanted, content.size() - begin);
  if (there > 0) std::memcpy(to, content.data() + begin, there);
  std::memset(static_cast<std::byte*>(to) + there, 0, wanted - there);
  return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset) {
  if (fails(file, true)) return open_file(file).disk->write_error();
  content_of(file).write({static_cast<const std::byte*>(from), static_cast<std::size_t>(count)},
                         static_cast<std::size_t>(offset));
  return SQLITE_OK;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  if (fails(file, false)) return SQLITE_IOERR_TRUNCATE;
  content_of(file).truncate(static_cast<std::size_t>(size));
  return SQLITE_OK;
}

int sync_file(sqlite3_file* file, int) {
  if (fails(file, false)) return SQLITE_IOERR_FSYNC;
  content_of(file).sync();
  return SQLITE_OK;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(content_of(file).content().size());
  return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) { return SQLITE_OK; }

int check_lock(sqlite3_file*, int* locked) {
  *locked = 0;
  return SQLITE_OK;
}

int control_file(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }

int sector_size(sqlite3_file*) { return static_cast<int>(sector_bytes); }

/// A write that is torn does not touch the sectors around it.
int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

/// Version 1: SQLite finds no shared memory, and needs none as long as it has the file to itself.
constexpr sqlite3_io_methods methods = [] {
  sqlite3_io_methods it{};
  it.iVersion = 1;
  it.xClose = close_file;
  it.xRead = read_file;
  it.xWrite = write_file;
  it.xTruncate = truncate_file;
  it.xSync = sync_file;
  it.xFileSize = size_of_file;
  it.xLock = lock_file;
  it.xUnlock = lock_file;
  it.xCheckReservedLock = check_lock;
  it.xFileControl = control_file;
  it.xSectorSize = sector_size;
  it.xDeviceCharacteristics = characteristics;
  return it;
}();

int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  Impl& disk = disk_of(vfs);
  if (disk.fails(false)) return SQLITE_CANTOPEN;
  std::shared_ptr<File> content;
  if (path == nullptr) {
    content = std::make_shared<File>();
  } else if (const auto found = disk.files.find(path); found != disk.files.end()) {
    content = found->second;
  } else if ((flags & SQLITE_OPEN_CREATE) != 0) {
    content = disk.files[path] = std::make_shared<File>();
  } else {
    disk.last_error = ENOENT;
    return SQLITE_CANTOPEN;
  }
  OpenFile& opened = open_file(file);
  opened.disk = &disk;
  opened.file = new std::shared_ptr<File>(std::move(content));
  opened.base.pMethods = &methods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int remove_file(sqlite3_vfs* vfs, const char* path, int) {
  Impl& disk = disk_of(vfs);
  if (disk.fails(false)) return SQLITE_IOERR_DELETE;
  return disk.remove(path) ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}

/// As SQLite's own VFS for Unix, to which an empty file does not exist but can be read.
int access(sqlite3_vfs* vfs, const char* path, int what, int* result) {
  const Impl& disk = disk_of(vfs);
  const auto found = disk.files.find(path);
  const bool is_there = found != disk.files.end();
  *result = is_there && (what != SQLITE_ACCESS_EXISTS || !found->second->content().empty()) ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", path);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs* vfs, int count, char* out) {
  Impl& disk = disk_of(vfs);
  for (int i = 0; i < count; ++i) out[i] = static_cast<char>(disk.random() & 0xFFU);
  return count;
}

int do_not_wait(sqlite3_vfs*, int microseconds) { return microseconds; }

int current_time(sqlite3_vfs*, double* days) {
  *days = 2'460'000.5;
  return SQLITE_OK;
}

int last_error(sqlite3_vfs* vfs, int, char*) { return disk_of(vfs).last_error; }

}  // namespace

SimulatedDisk::Impl::Impl(std::uint64_t seed) : random(seed) {
  static std::atomic<std::uint64_t> disks{0};
  name = "simulated-disk-" + std::to_string(++disks);
  vfs_.iVersion = 1;
  vfs_.szOsFile = sizeof(OpenFile);
  vfs_.mxPathname = 512;
  vfs_.zName = name.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = open;
  vfs_.xDelete = remove_file;
  vfs_.xAccess = access;
  vfs_.xFullPathname = full_path;
  vfs_.xRandomness = randomness;
  vfs_.xSleep = do_not_wait;
  vfs_.xCurrentTime = current_time;
  vfs_.xGetLastError = testing::last_error;
  if (sqlite3_vfs_register(&vfs_, 0) != SQLITE_OK) throw std::runtime_error("SQLite does not take the simulated disk");
}

SimulatedDisk::SimulatedDisk(std::uint64_t seed) : impl_(std::make_unique<Impl>(seed)) {}
SimulatedDisk::~SimulatedDisk() = default;

const std::string& SimulatedDisk::vfs() const { return impl_->name; }
std::uint64_t SimulatedDisk::operations() const { return impl_->operations; }
void SimulatedDisk::fail_after(std::uint64_t operations, Fault fault, bool lasting) {
  impl_->fail_after(operations, fault, lasting);
}
void SimulatedDisk::stop_failing() { impl_->stop_failing(); }

void SimulatedDisk::crash(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (auto it = impl_->files.begin(); it != impl_->files.end();) {
    const bool is_lost = !it->second->is_durable() && random() % 2 == 0;
    if (!is_lost) it->second->crash(random);
    it = is_lost ? impl_->files.erase(it) : std::next(it);
  }
  impl_->stop_failing();
}

void SimulatedDisk::put(const std::string& path, std::span<const std::byte> content) { impl_->put(path, content); }

void SimulatedDisk::remove(const std::string& path) { impl_->remove(path); }
bool SimulatedDisk::has(const std::string& path) const { return impl_->files.contains(path); }
const std::vector<std::byte>& SimulatedDisk::content(const std::string& path) const {
  return impl_->files.at(path)->content();
}

}  // namespace blitzen::testing
