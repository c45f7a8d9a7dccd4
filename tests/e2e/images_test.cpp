#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {
namespace {

namespace fs = std::filesystem;

fs::path only_file_in(const fs::path& directory) {
  const std::vector<fs::directory_entry> files(fs::directory_iterator(directory), {});
  REQUIRE(files.size() == 1);
  return files.front().path();
}

/// As long as before, so that only the hash can tell.
void damage(const fs::path& file) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(static_cast<std::streamoff>(fs::file_size(file) / 2));
  stream << "damaged" << std::flush;
  REQUIRE(stream.good());
}

void run_driver(Cluster& cluster) {
  Daemon& driver = cluster.launch_driver("sum-squares");
  driver.wait_for_line("sum: 328350", 1, Daemon::Stream::out);
  CHECK(driver.wait_exit() == 0);
}

Daemon& start_client(Cluster& cluster) {
  Daemon& client = cluster.launch_client({"--workers", "1"}, "client");
  client.wait_for_line("connected to ");
  return client;
}

void stop(Daemon& client) {
  client.signal(SIGTERM);
  CHECK(client.wait_exit() == status(ExitCode::ok));
}

}  // namespace

TEST_CASE("an image is fetched once for all drivers of a program, and again when its file is damaged", "[images]") {
  Cluster cluster;
  Daemon& first = start_client(cluster);
  run_driver(cluster);
  run_driver(cluster);
  CHECK(first.count_lines("fetched the image 'e2e_tests'") == 1);
  CHECK(cluster.server().count_lines("stored image 'e2e_tests'") == 1);

  stop(first);
  Daemon& second = start_client(cluster);
  run_driver(cluster);
  CHECK(second.count_lines("fetched the image") == 0);

  stop(second);
  damage(only_file_in(cluster.directory() / "client/cache/blitzen"));
  Daemon& third = start_client(cluster);
  run_driver(cluster);
  CHECK(third.count_lines("was damaged: deleted it") == 1);
  CHECK(third.count_lines("fetched the image 'e2e_tests'") == 1);
  CHECK(cluster.server().count_lines("stored image") == 1);
}

TEST_CASE("a server whose stored image is damaged asks a driver for it again", "[images]") {
  Cluster cluster;
  cluster.start_client(1);
  run_driver(cluster);
  damage(only_file_in(cluster.directory() / "server/cache/blitzen"));
  cluster.server().kill();
  cluster.restart_server();
  cluster.start_client(1);
  run_driver(cluster);
  CHECK(cluster.server().count_lines("was damaged: deleted it") == 1);
  CHECK(cluster.server().count_lines("stored image 'e2e_tests'") == 1);
}

}  // namespace blitzen::e2e
