#include "journal/opening.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/hex.hpp"
#include "journal/schema.hpp"
#include "journal_rig.hpp"

namespace blitzen::testing {

using namespace journal;
namespace fs = std::filesystem;
using Catch::Contains;

namespace {

journal::Error error_of_opening(const std::string& path) {
  journal::Error error = error_of([&] { Store{path}; });
  CHECK_THAT(error.what(), Contains(path));
  return error;
}

void run_sql(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
  CHECK(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(handle);
}

void overwrite(const std::string& path, std::streamoff offset, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(offset);
  file << bytes;
}

}  // namespace

TEST_CASE("a journal belongs to its user alone") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("journal");
  Store store(path);
  store.write(std::vector<Record>{joined(1)});
  for (const auto& entry : fs::directory_iterator(directory.path())) {
    CAPTURE(entry.path());
    CHECK(entry.status().permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  }
}

TEST_CASE("when a store is closed, all is in its one file") {
  const TemporaryDirectory directory;
  Store(directory.file("journal")).write(std::vector<Record>{joined(1), accepted(1, 1)});
  CHECK(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()) == 1);
  CHECK(recovered_from(directory.file("journal")).at(1).tasks.size() == 1);
}

TEST_CASE("two servers cannot use one journal") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("journal");
  std::optional<Store> first(path);
  const journal::Error error = error_of_opening(path);
  CHECK(error.kind() == ErrorKind::busy);
  CHECK_THAT(error.what(), Contains("in use by another process"));
  first->write(std::vector<Record>{joined(1)});
  first.reset();
  CHECK(Store(path).epoch() == 2);
}

TEST_CASE("a directory is no journal") {
  const TemporaryDirectory directory;
  const journal::Error error = error_of_opening(directory.path().string());
  CHECK(error.kind() == ErrorKind::not_a_journal);
  CHECK_THAT(error.what(), Contains("is a directory: name a file"));
}

TEST_CASE("a FIFO is no journal, and is not waited for") {
  const TemporaryDirectory directory;
  REQUIRE(::mkfifo(directory.file("fifo").c_str(), S_IRUSR | S_IWUSR) == 0);
  CHECK_THAT(error_of_opening(directory.file("fifo")).what(), Contains("is no regular file"));
}

TEST_CASE("an empty file is no journal, and stays as it is") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("empty");
  std::ofstream(path).close();
  const journal::Error error = error_of_opening(path);
  CHECK(error.kind() == ErrorKind::not_a_journal);
  CHECK_THAT(error.what(), Contains("is an empty file"));
  CHECK(fs::file_size(path) == 0);
}

TEST_CASE("what is not a journal is refused, and stays as it is") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("file");
  std::ofstream(path) << GENERATE(as<std::string>{}, "xy", std::string(99, 'x'), std::string(100'000, 'x'));
  const auto size = fs::file_size(path);
  const journal::Error error = error_of_opening(path);
  CHECK(error.kind() == ErrorKind::not_a_journal);
  CHECK_THAT(error.what(), Contains("is not a journal"));
  CHECK(fs::file_size(path) == size);
}

TEST_CASE("a database of somebody else is refused") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("database");
  run_sql(path, "CREATE TABLE task(x)");
  const journal::Error error = error_of_opening(path);
  CHECK(error.kind() == ErrorKind::not_a_journal);
  CHECK_THAT(error.what(), Contains("is an SQLite file but not a journal"));
}

TEST_CASE("a journal of a newer Blitzen is refused") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("journal");
  CHECK(Store(path).epoch() == 1);
  run_sql(path, "PRAGMA user_version = 2");
  const journal::Error error = error_of_opening(path);
  CHECK(error.kind() == ErrorKind::not_a_journal);
  CHECK_THAT(error.what(), Contains("made by a newer Blitzen"));
}

TEST_CASE("a journal with other tables is damaged") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("journal");
  CHECK(Store(path).epoch() == 1);
  run_sql(path, GENERATE("DROP TABLE piece", "CREATE TABLE more(x)", "ALTER TABLE task RENAME COLUMN size TO sizes",
                         "DELETE FROM journal", "UPDATE journal SET epoch = 1000"));
  const journal::Error error = error_of_opening(path);
  CHECK(error.kind() == ErrorKind::damaged);
  CHECK_THAT(error.what(), Contains("--journal-salvage"));
}

TEST_CASE("a journal whose first bytes are damaged is not made afresh") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("journal");
  Store(path).write(std::vector<Record>{joined(1), accepted(1, 1)});
  const auto size = fs::file_size(path);
  overwrite(path, GENERATE(0, 16, 44, 100), std::string(8, '\x7f'));
  const journal::Error error = error_of_opening(path);
  CHECK(error.kind() == ErrorKind::damaged);
  CHECK(fs::file_size(path) == size);
}

TEST_CASE("a journal whose first page is gone is not made afresh") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("journal");
  Store(path).write(std::vector<Record>{joined(1), accepted(1, 1)});
  overwrite(path, 0, std::string(4096, '\0'));
  CHECK_THAT(error_of_opening(path).what(), Contains("or its first bytes are damaged"));
}

TEST_CASE("a log without its journal is not taken for nothing") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("journal");
  std::ofstream(path + "-wal") << "something";
  const journal::Error error = error_of_opening(path);
  CHECK(error.kind() == ErrorKind::damaged);
  CHECK_THAT(error.what(), Contains("put it back"));
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a journal in a directory that is not there says so") {
  const TemporaryDirectory directory;
  const journal::Error error = error_of_opening(directory.file("missing/journal"));
  CHECK(error.kind() == ErrorKind::io);
  CHECK_THAT(error.what(), Contains("No such file or directory"));
}

TEST_CASE("a journal that may not be written says so") {
  if (::geteuid() == 0) return;  // To whom everything is allowed.
  const TemporaryDirectory directory;
  const std::string path = directory.file("journal");
  CHECK(Store(path).epoch() == 1);
  fs::permissions(path, GENERATE(fs::perms::owner_read, fs::perms::none));
  const journal::Error error = error_of_opening(path);
  CHECK(error.kind() == ErrorKind::io);
  CHECK_THAT(error.what(), Contains("cannot be opened for writing"));
}

TEST_CASE("a file system that may not be written says so") {
  const journal::Error error = error_of_opening("/proc/blitzen-journal");
  CHECK(error.kind() == ErrorKind::io);
  CHECK_THAT(error.what(), Contains("cannot be made"));
}

TEST_CASE("a new file is never put in the place of another") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("file");
  std::ofstream(path) << "there";
  put_file(path, base::as_bytes("another"));
  CHECK(fs::file_size(path) == 5);
  CHECK(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()) == 1);
}

}  // namespace blitzen::testing
