#include "net/cluster_key.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <vector>

#include "blitzen/error.hpp"
#include "tests/support/temporary_directory.hpp"

namespace blitzen::net {
namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& file, const std::string& text, mode_t mode = 0600) {
  std::ofstream{file} << text;
  REQUIRE(::chmod(file.c_str(), mode) == 0);
}

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

std::string error_of(const fs::path& file) {
  try {
    (void)load_key(file);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::bad_key_file);
    return error.what();
  }
  return "no error";
}

TEST_CASE("the first program makes the key, the next one finds the same") {
  const testing::TemporaryDirectory directory;
  const auto file = directory.path() / "config" / "blitzen" / "cluster.key";
  bool made = false;
  const auto key = load_or_make_key(file, made);
  CHECK(made);
  CHECK(mode_of(file) == 0600);
  CHECK(mode_of(file.parent_path()) == 0700);
  CHECK(fs::file_size(file) == 65);
  const auto again = load_or_make_key(file, made);
  CHECK_FALSE(made);
  CHECK(again.secret() == key.secret());
  CHECK(load_key(file).fingerprint() == key.fingerprint());
}

TEST_CASE("of many that make the key at once, one wins and all hold its key") {
  const testing::TemporaryDirectory directory;
  const auto file = directory.path() / "cluster.key";
  std::vector<std::string> fingerprints(8);
  std::vector<char> made(fingerprints.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < fingerprints.size(); ++i) {
    threads.emplace_back([&, i] {
      bool mine = false;
      fingerprints[i] = load_or_make_key(file, mine).fingerprint();
      made[i] = mine ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(std::count(made.begin(), made.end(), 1) == 1);
  CHECK(std::count(fingerprints.begin(), fingerprints.end(), fingerprints.front()) ==
        static_cast<std::ptrdiff_t>(fingerprints.size()));
  CHECK(std::distance(fs::directory_iterator{directory.path()}, fs::directory_iterator{}) == 1);
}

TEST_CASE("the default key is made by whoever may make it, and is found by the others") {
  const testing::TemporaryDirectory directory;
  const char* const before = std::getenv("XDG_CONFIG_HOME");
  const std::string restored = before == nullptr ? "" : before;
  REQUIRE(::setenv("XDG_CONFIG_HOME", directory.path().c_str(), 1) == 0);
  CHECK_THROWS_AS(find_key({}, false), Error);
  const FoundKey made = find_key({}, true);
  CHECK_THAT(made.news, Catch::Contains("made the cluster key " + default_key_file().string()));
  CHECK(find_key({}, true).news.empty());
  CHECK(find_key({}, false).key.secret() == made.key.secret());
  CHECK_THROWS_AS(find_key(directory.path() / "other.key", true), Error);
  REQUIRE((before == nullptr ? ::unsetenv("XDG_CONFIG_HOME") : ::setenv("XDG_CONFIG_HOME", restored.c_str(), 1)) == 0);
}

TEST_CASE("a key file that others may use is refused with the command that mends it") {
  const testing::TemporaryDirectory directory;
  const auto file = directory.path() / "cluster.key";
  write_file(file, std::string(64, 'a') + "\n", 0640);
  CHECK_THAT(error_of(file), Catch::Contains("chmod 600 " + file.string()));
}

TEST_CASE("a key file that is missing or damaged is refused") {
  const testing::TemporaryDirectory directory;
  const auto file = directory.path() / "cluster.key";
  CHECK_THAT(error_of(file), Catch::Contains("does not exist") && Catch::Contains("blitzen-server"));
  for (const std::string& text : {std::string{}, std::string(63, 'a') + "\n", std::string(64, 'a') + "\n\n",
                                  std::string(63, 'a') + "g\n", std::string(64, 'a') + "b"}) {
    CAPTURE(text);
    write_file(file, text);
    CHECK_THAT(error_of(file), Catch::Contains("is damaged"));
  }
  CHECK_THAT(error_of(directory.path()), Catch::Contains("is not a regular file"));
}

TEST_CASE("a key file needs no newline and may use capital digits") {
  const testing::TemporaryDirectory directory;
  const auto file = directory.path() / "cluster.key";
  write_file(file, std::string(64, 'A'));
  CHECK(load_key(file).secret()[31] == std::byte{0xAA});
}

TEST_CASE("a fingerprint names a key and does not show it") {
  std::array<std::byte, ClusterKey::bytes> secret{};
  const ClusterKey zero{secret};
  secret[31] = std::byte{1};
  const ClusterKey one{secret};
  CHECK(zero.fingerprint().size() == 16);
  CHECK(zero.fingerprint() != one.fingerprint());
  CHECK(zero.fingerprint() == ClusterKey{zero}.fingerprint());
}

}  // namespace
}  // namespace blitzen::net
