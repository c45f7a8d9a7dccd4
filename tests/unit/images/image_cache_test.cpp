#include "images/image_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/shared_bytes.hpp"
#include "blitzen/error.hpp"
#include "proto/limits.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace blitzen;
namespace fs = std::filesystem;

namespace {

struct CacheRig {
  testing::TemporaryDirectory home;
  fs::path directory = home.path() / "cache";
  std::vector<std::string> troubles;

  images::ImageCache make(std::uint64_t bytes_max = images::cache_bytes_max_default) {
    return images::ImageCache(directory, bytes_max, [this](const std::string& text) { troubles.push_back(text); });
  }
  [[nodiscard]] fs::path file(const proto::ImageHash& hash) const { return directory / images::to_hex(hash); }
  /// Makes the image look as if it was last used some hours ago.
  void age(const proto::ImageHash& hash, int hours) const {
    fs::last_write_time(file(hash), fs::file_time_type::clock::now() - std::chrono::hours{hours});
  }
};

proto::ImageHash put(images::ImageCache& cache, std::string_view content) {
  const proto::ImageHash hash = images::hash_bytes(base::as_bytes(content));
  cache.put(hash, base::as_bytes(content));
  return hash;
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t count = 0; (count = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

TEST_CASE("what was put can be opened") {
  CacheRig rig;
  auto cache = rig.make();
  const auto hash = put(cache, "an image");
  const auto fd = cache.open(hash);
  REQUIRE(fd);
  CHECK(read_all(fd->get()) == "an image");
  CHECK((::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(rig.troubles.empty());
}

TEST_CASE("an image that was never put is not there") {
  CacheRig rig;
  auto cache = rig.make();
  CHECK_FALSE(cache.open(images::hash_bytes({})));
  CHECK(rig.troubles.empty());
}

TEST_CASE("the cache belongs to its user alone and its images can be executed") {
  CacheRig rig;
  auto cache = rig.make();
  const auto hash = put(cache, "an image");
  CHECK(fs::status(rig.directory).permissions() == fs::perms::owner_all);
  CHECK(fs::status(rig.file(hash)).permissions() == fs::perms::owner_all);
}

TEST_CASE("a cached image can be started through its descriptor") {
  CacheRig rig;
  auto cache = rig.make();
  std::ifstream file("/bin/true", std::ios::binary);
  const std::string program{std::istreambuf_iterator<char>(file), {}};
  const auto fd = cache.open(put(cache, program));
  REQUIRE(fd);
  CHECK(std::system(("/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd->get())).c_str()) == 0);
}

TEST_CASE("what was put can be used at once") {
  CacheRig rig;
  auto cache = rig.make(1);
  std::ifstream file("/bin/true", std::ios::binary);
  const std::string program{std::istreambuf_iterator<char>(file), {}};
  const base::UniqueFd fd = cache.put(images::hash_bytes(base::as_bytes(program)), base::as_bytes(program));
  put(cache, "another that takes its place in the cache");
  CHECK((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(fd.get(), F_GETFL) & O_ACCMODE) == O_RDONLY);
  CHECK(std::system(("/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd.get())).c_str()) == 0);
}

TEST_CASE("what was put can be read") {
  CacheRig rig;
  auto cache = rig.make();
  const auto hash = put(cache, "an image");
  rig.age(hash, 1);
  const auto last_used = fs::last_write_time(rig.file(hash));
  CHECK(base::as_text(cache.read(hash).bytes()) == "an image");
  CHECK(fs::last_write_time(rig.file(hash)) > last_used);
  CHECK(cache.read(images::hash_bytes({})).empty());
  CHECK(rig.troubles.empty());
}

TEST_CASE("a damaged image is not read, but deleted") {
  CacheRig rig;
  auto cache = rig.make();
  const auto hash = put(cache, "an image");
  std::ofstream(rig.file(hash)) << "an imagf";
  CHECK(cache.read(hash).empty());
  CHECK_FALSE(fs::exists(rig.file(hash)));
}

TEST_CASE("a file that is too large for an image is deleted and not read") {
  CacheRig rig;
  auto cache = rig.make();
  const auto hash = put(cache, "an image");
  fs::resize_file(rig.file(hash), proto::image_bytes_max + 1);
  SECTION("to be opened") { CHECK_FALSE(cache.open(hash)); }
  SECTION("to be read") { CHECK(cache.read(hash).empty()); }
  CHECK_FALSE(fs::exists(rig.file(hash)));
  REQUIRE(rig.troubles.size() == 1);
  CHECK_THAT(rig.troubles.front(), Catch::Contains("larger than an image can be: deleted it"));
}

TEST_CASE("an image that its owner may not execute is made executable") {
  CacheRig rig;
  auto cache = rig.make();
  const auto hash = put(cache, "an image");
  fs::permissions(rig.file(hash), fs::perms::owner_read | fs::perms::owner_write);
  CHECK(cache.open(hash));
  CHECK(fs::status(rig.file(hash)).permissions() == fs::perms::owner_all);
  CHECK(rig.troubles.empty());
}

TEST_CASE("work on an image ends when it is asked to, and leaves nothing half done") {
  CacheRig rig;
  auto cache = rig.make();
  const auto hash = put(cache, "an image");
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(cache.open(hash, stop.get_token()), images::Interrupted);
  CHECK_THROWS_AS(cache.read(hash, stop.get_token()), images::Interrupted);
  CHECK_THROWS_AS(cache.put(hash, base::as_bytes("an image"), stop.get_token()), images::Interrupted);
  CHECK(std::distance(fs::directory_iterator(rig.directory), fs::directory_iterator()) == 1);
  CHECK(cache.open(hash));
}

TEST_CASE("a damaged image is deleted and counts as not there") {
  CacheRig rig;
  auto cache = rig.make();
  const auto hash = put(cache, "an image");
  std::ofstream(rig.file(hash)) << "an imagf";
  CHECK_FALSE(cache.open(hash));
  CHECK_FALSE(fs::exists(rig.file(hash)));
  REQUIRE(rig.troubles.size() == 1);
  CHECK_THAT(rig.troubles.front(), Catch::Contains("damaged"));
}

TEST_CASE("what has an image's name and is no file is removed, and is not waited for") {
  CacheRig rig;
  auto cache = rig.make();
  const auto hash = put(cache, "an image");
  fs::remove(rig.file(hash));
  SECTION("a FIFO") { REQUIRE(::mkfifo(rig.file(hash).c_str(), S_IRUSR | S_IWUSR) == 0); }
  SECTION("an empty directory") { REQUIRE(fs::create_directory(rig.file(hash))); }
  CHECK_FALSE(cache.open(hash));
  CHECK_FALSE(fs::exists(rig.file(hash)));
  REQUIRE(rig.troubles.size() == 1);
  CHECK_THAT(rig.troubles.front(), Catch::Contains("removed it"));
  put(cache, "an image");
  CHECK(cache.open(hash));
}

TEST_CASE("a directory in an image's place that is not empty is named") {
  CacheRig rig;
  auto cache = rig.make();
  const auto hash = put(cache, "an image");
  fs::remove(rig.file(hash));
  fs::create_directories(rig.file(hash) / "full");
  CHECK_FALSE(cache.open(hash));
  REQUIRE(rig.troubles.size() == 1);
  CHECK_THAT(rig.troubles.front(), Catch::Contains(rig.file(hash).string()) && Catch::Contains("remove it"));
  CHECK_THROWS_WITH(put(cache, "an image"), Catch::Contains(rig.file(hash).string()));
}

TEST_CASE("a link in an image's place is not followed, and is replaced") {
  CacheRig rig;
  auto cache = rig.make();
  const auto hash = put(cache, "an image");
  fs::rename(rig.file(hash), rig.home.path() / "elsewhere");
  fs::create_symlink(rig.home.path() / "elsewhere", rig.file(hash));
  CHECK_FALSE(cache.open(hash));
  put(cache, "an image");
  CHECK(cache.open(hash));
  CHECK_FALSE(fs::is_symlink(rig.file(hash)));
}

TEST_CASE("bytes that do not have the announced hash are refused") {
  CacheRig rig;
  auto cache = rig.make();
  const auto hash = images::hash_bytes(base::as_bytes("an image"));
  CHECK_THROWS_WITH(cache.put(hash, base::as_bytes("another")), Catch::Contains(images::to_hex(hash)));
  CHECK_FALSE(cache.open(hash));
}

TEST_CASE("the least recently used images make room, never the one just put") {
  CacheRig rig;
  auto cache = rig.make(25);
  const auto oldest = put(cache, "0123456789");
  const auto middle = put(cache, "abcdefghij");
  rig.age(oldest, 9);
  rig.age(middle, 8);
  REQUIRE(cache.open(oldest));  // which is a use
  const auto newest = put(cache, "ABCDEFGHIJ");
  CHECK(cache.open(oldest));
  CHECK_FALSE(cache.open(middle));
  const auto large = put(cache, "larger than the whole cache may be");
  CHECK(cache.open(large));
  CHECK_FALSE(cache.open(oldest));
  CHECK_FALSE(cache.open(newest));
}

TEST_CASE("an image that is kept makes no room for others as long as somebody keeps it") {
  CacheRig rig;
  auto cache = rig.make(25);
  CHECK_FALSE(cache.keep(images::hash_bytes(base::as_bytes("not there"))));
  const auto needed = put(cache, "0123456789");
  const auto other = put(cache, "abcdefghij");
  rig.age(needed, 9);
  rig.age(other, 8);
  auto kept = cache.keep(needed);
  REQUIRE(kept);
  rig.age(needed, 9);
  auto of_another_process = rig.make(25);
  put(of_another_process, "larger than the whole cache may be");
  CHECK(cache.open(needed));
  CHECK_FALSE(cache.open(other));
  kept.reset();
  rig.age(needed, 9);
  put(of_another_process, "ABCDEFGHIJ");
  CHECK_FALSE(cache.open(needed));
}

TEST_CASE("an image that was evicted stays usable for those who have it open") {
  CacheRig rig;
  auto cache = rig.make(1);
  const auto fd = cache.open(put(cache, "an image"));
  put(cache, "another");
  CHECK(read_all(fd->get()) == "an image");
}

TEST_CASE("temporary files of dead processes are removed when they are old") {
  CacheRig rig;
  auto cache = rig.make();
  put(cache, "an image");
  const fs::path old = rig.directory / ".new-old";
  const fs::path recent = rig.directory / ".new-recent";
  std::ofstream{old} << "half";
  std::ofstream{recent} << "half";
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours{2});
  put(cache, "another");
  CHECK_FALSE(fs::exists(old));
  CHECK(fs::exists(recent));
}

TEST_CASE("many may put and open the same image at once") {
  CacheRig rig;
  const std::string content(300'000, 'z');
  const auto hash = images::hash_bytes(base::as_bytes(content));
  std::array<int, 4> damaged{};
  std::vector<std::thread> threads;
  for (int& count : damaged) {
    threads.emplace_back([&] {
      images::ImageCache cache(rig.directory);
      for (int i = 0; i < 20; ++i) {
        cache.put(hash, base::as_bytes(content));
        if (!cache.open(hash)) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(damaged == std::array<int, 4>{});
  CHECK(std::distance(fs::directory_iterator(rig.directory), fs::directory_iterator()) == 1);
}

TEST_CASE("a cache directory that others can write to is refused") {
  CacheRig rig;
  fs::create_directory(rig.directory);
  fs::permissions(rig.directory, fs::perms::all);
  auto cache = rig.make();
  CHECK_THROWS_WITH(put(cache, "an image"), Catch::Contains("chmod 700"));
}

TEST_CASE("a cache that cannot be written says where and what to do") {
  CacheRig rig;
  std::ofstream(rig.home.path() / "file") << "in the way";
  images::ImageCache cache(rig.home.path() / "file" / "cache");
  CHECK_THROWS_WITH(put(cache, "an image"), Catch::Contains("XDG_CACHE_HOME"));
}
