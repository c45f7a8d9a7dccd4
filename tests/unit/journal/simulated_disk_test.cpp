#include "tests/support/simulated_disk.hpp"

#include <sqlite3.h>

#include <catch2/catch.hpp>

namespace blitzen::testing {

namespace {

/// A file of the disk, used as SQLite would use it.
class DiskFile {
 public:
  DiskFile(const SimulatedDisk& disk, const char* path) : vfs_(sqlite3_vfs_find(disk.vfs().c_str())) {
    room_.resize(static_cast<std::size_t>(vfs_->szOsFile));
    REQUIRE(vfs_->xOpen(vfs_, path, file(), SQLITE_OPEN_CREATE | SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
  }
  DiskFile(const DiskFile&) = delete;
  DiskFile& operator=(const DiskFile&) = delete;
  ~DiskFile() { file()->pMethods->xClose(file()); }

  int write(const std::string& text, sqlite3_int64 offset) {
    return file()->pMethods->xWrite(file(), text.data(), static_cast<int>(text.size()), offset);
  }
  int sync() { return file()->pMethods->xSync(file(), SQLITE_SYNC_FULL); }

 private:
  sqlite3_file* file() { return reinterpret_cast<sqlite3_file*>(room_.data()); }

  sqlite3_vfs* vfs_;
  std::vector<std::byte> room_;
};

std::string text_of(const SimulatedDisk& disk, const char* path) {
  const auto& content = disk.content(path);
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

}  // namespace

TEST_CASE("what was synced survives every crash, what was not survives some, sector by sector") {
  const std::string old_text(4 * SimulatedDisk::sector_bytes, 'o');
  const std::string new_text(4 * SimulatedDisk::sector_bytes, 'n');
  int torn = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimulatedDisk disk;
    {
      DiskFile file(disk, "/file");
      CHECK(file.write(old_text, 0) == SQLITE_OK);
      CHECK(file.sync() == SQLITE_OK);
      CHECK(file.write(new_text, 0) == SQLITE_OK);
    }
    disk.crash(seed);
    const std::string text = text_of(disk, "/file");
    REQUIRE(text.size() == old_text.size());
    for (std::size_t i = 0; i < text.size(); ++i) REQUIRE(text[i] == text[i - i % SimulatedDisk::sector_bytes]);
    if (text != old_text && text != new_text) ++torn;
  }
  CHECK(torn > 25);
}

TEST_CASE("a file that was never synced may be gone after a crash") {
  int gone = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimulatedDisk disk;
    CHECK(DiskFile(disk, "/file").write("text", 0) == SQLITE_OK);
    disk.crash(seed);
    if (!disk.has("/file")) ++gone;
  }
  CHECK((gone > 10 && gone < 40));
}

TEST_CASE("the same crash leaves the same behind") {
  const auto after_crash = [] {
    SimulatedDisk disk;
    {
      DiskFile file(disk, "/file");
      CHECK(file.sync() == SQLITE_OK);
      for (int i = 0; i < 40; ++i) CHECK(file.write(std::string(700, static_cast<char>('a' + i % 26)), 600 * i) == 0);
    }
    disk.crash(7);
    return text_of(disk, "/file");
  };
  CHECK(after_crash() == after_crash());
}

TEST_CASE("the disk fails when it was told to, once or from then on") {
  SimulatedDisk disk;
  DiskFile file(disk, "/file");
  disk.fail_after(1, SimulatedDisk::Fault::io_error, false);
  CHECK(file.write("a", 0) == SQLITE_OK);
  CHECK(file.sync() == SQLITE_IOERR_FSYNC);
  CHECK(file.sync() == SQLITE_OK);
  disk.fail_after(0, SimulatedDisk::Fault::disk_full, true);
  CHECK(file.sync() == SQLITE_OK);
  CHECK(file.write("a", 0) == SQLITE_FULL);
  CHECK(file.write("a", 0) == SQLITE_FULL);
  disk.stop_failing();
  CHECK(file.write("a", 0) == SQLITE_OK);
}

}  // namespace blitzen::testing
