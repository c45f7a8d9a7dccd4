#include <catch2/catch.hpp>
#include <fstream>

#include "tests/e2e/cluster.hpp"

namespace blitzen::e2e {
namespace {

namespace fs = std::filesystem;

constexpr auto out = Daemon::Stream::out;

/// Where examples run: on the cluster, or on two workers of this machine.
Arguments place(const Cluster& cluster) { return GENERATE(0, 1) == 0 ? cluster.where() : Arguments{"--local", "2"}; }

Daemon& run_example(Cluster& cluster, const std::string& name, const Arguments& arguments) {
  Daemon& example = cluster.launch(fs::path(EXAMPLES_DIRECTORY) / name, arguments, "example");
  const int exit_status = example.wait_exit();
  INFO(example.text(Daemon::Stream::err));
  CHECK(exit_status == status(ExitCode::ok));
  return example;
}

void write(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::uint32_t big_endian(const std::string& bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8U | static_cast<unsigned char>(bytes.at(at + i));
  return number;
}

}  // namespace

TEST_CASE("distributed_demo ends what takes longer than its timeout", "[examples]") {
  Cluster cluster;
  cluster.start_client(6);
  const auto where = place(cluster);
  const Daemon& demo = run_example(cluster, "distributed_demo", concat(where, {"--scale", "0.3"}));
  CHECK(demo.count_lines("^task [0-4]: ", out) == 5);
  CHECK(demo.count_lines("^task 0: worked for 1.500000 s$", out) == 1);
  CHECK(demo.count_lines("^task [34]: timed out after [0-9.]+ s$", out) == 2);
}

TEST_CASE("multicore_demo shows that one failing task does not matter to the others", "[examples]") {
  const TemporaryDirectory directory;
  Daemon demo({.program = fs::path(EXAMPLES_DIRECTORY) / "multicore_demo",
               .arguments = {"--scale", "0.05"},
               .directory = directory.path()});
  CHECK(demo.wait_exit() == status(ExitCode::ok));
  CHECK(demo.count_lines("^task [0-9]: [0-9]+$", out) == 9);
  CHECK(demo.count_lines("^task 4: std::runtime_error: this task fails on purpose$", out) == 1);
}

TEST_CASE("sha256sum accepts what checksum_tree says of files with any name", "[examples]") {
  Cluster cluster;
  cluster.start_client(2);
  const auto tree = cluster.directory() / "tree";
  write(tree / "empty", "");
  write(tree / "a name with spaces", "one");
  write(tree / "a\nname\nof three lines", "two");
  write(tree / "back\\slash | and pipe", "three");
  write(tree / "deep/er/large", std::string(3'000'000, 'x'));
  for (int i = 0; i < 50; ++i) write(tree / "many" / std::to_string(i), std::string(static_cast<std::size_t>(i), 'y'));

  const auto where = place(cluster);
  const Daemon& sums = run_example(cluster, "checksum_tree", concat({tree}, where));
  CHECK(sums.count_lines("^[\\\\]?[0-9a-f]{64}  ", out) == 55);
  const auto list = cluster.directory() / "sums";
  write(list, sums.text(out));
  Daemon& check = cluster.launch(SHA256SUM_PROGRAM, {"--check", "--strict", list}, "check");
  CHECK(check.wait_exit() == 0);
  CHECK(check.count_lines(": OK$", out) == 55);
}

TEST_CASE("long_job finds what an earlier run began", "[examples]") {
  Cluster cluster;
  const Arguments where = cluster.where();
  const Daemon& begun = run_example(cluster, "long_job", concat({"begin", "sweep-42", "--seconds", "0"}, where));
  CHECK(begun.count_lines("^began 'sweep-42' with 10 tasks", out) == 1);
  cluster.start_client(2);
  const Daemon& found = run_example(cluster, "long_job", concat({"attach", "sweep-42"}, where));
  CHECK(found.count_lines("^found 10 tasks$", out) == 1);
  CHECK(found.count_lines("^task 7: 7$", out) == 1);
  Daemon& again =
      cluster.launch(fs::path(EXAMPLES_DIRECTORY) / "long_job", concat({"attach", "sweep-42"}, where), "again");
  CHECK(again.wait_exit() == status(ExitCode::job));
}

TEST_CASE("mandelbrot writes a PNG of the size asked for", "[examples]") {
  Cluster cluster;
  cluster.start_client(2);
  const auto where = place(cluster);
  const auto file = cluster.directory() / "out.png";
  run_example(cluster, "mandelbrot", concat({file, "--width", "320", "--height", "180", "--iterations", "100"}, where));
  const std::string png = read(file);
  CHECK(png.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  CHECK(big_endian(png, 16) == 320);
  CHECK(big_endian(png, 20) == 180);
  CHECK(png.size() > 10'000);
}

TEST_CASE("mandelbrot finds out that it cannot write before it renders", "[examples]") {
  Cluster cluster;
  const auto file = cluster.directory() / "missing" / "out.png";
  Daemon& mandelbrot =
      cluster.launch(fs::path(EXAMPLES_DIRECTORY) / "mandelbrot", concat({file}, place(cluster)), "example");
  CHECK(mandelbrot.wait_exit() == status(ExitCode::system));
  CHECK(mandelbrot.count_lines("error: cannot write .*out.png: No such file or directory; choose another file") == 1);
}

}  // namespace blitzen::e2e
