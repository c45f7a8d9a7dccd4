#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/unique_fd.hpp"
#include "pool_rig.hpp"

namespace blitzen::pool::testing {
namespace {

/// A file that is gone with the test.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& content, mode_t mode) {
    std::string path = (std::filesystem::temp_directory_path() / "blitzen-image-XXXXXX").string();
    {
      const base::UniqueFd file{::mkstemp(path.data())};
      REQUIRE(file);
      REQUIRE(::write(file.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()));
    }
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    path_ = path;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Told refusal_of(const std::string& path) {
  PoolRig rig{{}, {"broken", path, {}}};
  return rig.settle(rig.submit(echo));
}

}  // namespace

TEST_CASE("an image that does not exist is refused with a sentence") {
  const Told told = refusal_of("/nonexistent/image");
  CHECK(told.kind == "refused");
  CHECK(told.text == "image 'broken' cannot start on this machine: /nonexistent/image: No such file or directory");
}

TEST_CASE("an image that is no program of this machine is refused with a sentence") {
  const TemporaryFile file{"not a program", 0700};
  CHECK(refusal_of(file.path()).text.find("Exec format error") != std::string::npos);
}

TEST_CASE("an image that must not be executed is refused with a sentence") {
  const TemporaryFile file{"#!/bin/sh\n", 0600};
  CHECK(refusal_of(file.path()).text.find("Permission denied") != std::string::npos);
}

TEST_CASE("an image given as a descriptor that must not be executed is refused with what to do about it") {
  const TemporaryFile file{"#!/bin/sh\n", 0600};
  const base::UniqueFd program{::open(file.path().c_str(), O_RDONLY | O_CLOEXEC)};
  ImageSource source{"forbidden", "/proc/self/fd/" + std::to_string(program.get()), {}};
  source.remedy = "put it elsewhere";
  PoolRig rig{{}, source};
  CHECK(rig.settle(rig.submit(echo)).text ==
        "image 'forbidden' cannot start on this machine: it cannot be executed: Permission denied, perhaps because the "
        "file system it lies on does not allow programs to run (noexec): put it elsewhere");
}

TEST_CASE("an image that ends before it is ready is refused with what it said last") {
  const TemporaryFile file{"#!/bin/sh\necho 'error while loading shared libraries: libfoo.so' >&2\nexit 127\n", 0700};
  CHECK(refusal_of(file.path()).text ==
        "image 'broken' cannot start on this machine: error while loading shared libraries: libfoo.so");
}

TEST_CASE("an image that ends before it is ready without a word is refused with its exit status") {
  const TemporaryFile file{"#!/bin/sh\nexit 5\n", 0700};
  CHECK(refusal_of(file.path()).text ==
        "image 'broken' cannot start on this machine: it exited with status 5 before it was ready: "
        "blitzen::init() must come first in its main(), before whatever may end it");
}

TEST_CASE("a program that ends before it calls blitzen::init() is told to call that first") {
  const TemporaryFile file{"#!/bin/sh\necho 'usage: program FILE' >&2\nexit 2\n", 0700};
  CHECK(refusal_of(file.path()).text ==
        "image 'broken' cannot start on this machine: it exited with status 2 before it was ready, having said 'usage: "
        "program FILE': blitzen::init() must come first in its main(), before whatever may end it");
}

TEST_CASE("an image that keeps failing is not tried again for each task") {
  const TemporaryFile log{"", 0600};
  const TemporaryFile file{"#!/bin/sh\necho started >> " + log.path() + "\nexit 5\n", 0700};
  PoolRig rig{{}, {"broken", file.path(), {}}};
  for (int i = 0; i < 20; ++i) CHECK(rig.settle(rig.submit(echo)).kind == "refused");
  CHECK(std::filesystem::file_size(log.path()) == 3 * std::string_view{"started\n"}.size());
}

TEST_CASE("a task library that cannot be opened refuses the tasks with its sentence") {
  PoolRig rig{{}, {"pool_tests", "/proc/self/exe", {"missing"}}};
  CHECK(rig.settle(rig.submit(echo)).text ==
        "image 'pool_tests' cannot start on this machine: task library 'missing' does not exist");
}

TEST_CASE("an image that is warmed and cannot start is told before any task asks for it") {
  PoolRig rig{{}, {"pool_tests", "/proc/self/exe", {"missing"}}};
  rig.pool.warm(PoolRig::first_image);
  rig.run_until([&] { return !rig.failures.empty(); });
  CHECK(rig.failures.front() ==
        "image 'pool_tests' cannot start on this machine: task library 'missing' does not exist");
}

TEST_CASE("task libraries are opened before the first task") {
  PoolRig rig{{}, {"pool_tests", "/proc/self/exe", {"one", "two"}}};
  CHECK(rig.settle(rig.submit(report_self)).text.ends_with(" library=one library=two"));
}

TEST_CASE("an image can be given as a descriptor") {
  const base::UniqueFd program{::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)};
  PoolRig rig{{}, {"by descriptor", "/proc/self/fd/" + std::to_string(program.get()), {}}};
  CHECK(rig.settle(rig.submit(echo, "found")).text == "found");
}

TEST_CASE("workers of an image with threads before main are exec'd, and work the same") {
  ::setenv("POOL_TEST_THREAD", "1", 1);
  PoolRig rig{{}, {"threaded", "/proc/self/exe", {"one"}}};
  const std::string self = rig.settle(rig.submit(report_self)).text;
  ::unsetenv("POOL_TEST_THREAD");
  CHECK(self == "name=blitzen-worker own_group=1 no_new_privs=1 core=0 descriptors=6 blitzen_variables=0 library=one");
  CHECK(rig.settle(rig.submit(die_of_segv)).obituary.signal == SIGSEGV);
  CHECK(rig.settle(rig.submit(echo, "again")).text == "again");
}

TEST_CASE("a zygote that dies takes its workers along: what executed is told as a death, the rest runs again") {
  PoolRig rig;
  rig.submit(block);
  const auto behind = rig.submit(echo, "behind");
  const auto worker = rig.await_line("blocked").at(0);
  std::ifstream stat{"/proc/" + std::to_string(worker) + "/stat"};
  std::string ignored;
  pid_t zygote = 0;
  stat >> ignored >> ignored >> ignored >> zygote;
  REQUIRE(zygote > 1);
  ::kill(zygote, SIGKILL);
  CHECK(rig.settle(0).kind == "died");
  CHECK(rig.settle(0).text == "the zygote of its image died: it was killed by signal 9 (Killed)");
  CHECK(rig.settle(behind).text == "behind");
  CHECK(is_gone(worker));
}

TEST_CASE("two images share one slot") {
  PoolRig rig;
  constexpr ImageId second{2};
  rig.add_image(second, PoolRig::this_program());
  for (int i = 0; i < 20; ++i) {
    const auto task = rig.submit(echo, std::to_string(i), {}, i % 2 == 0 ? PoolRig::first_image : second);
    CHECK(rig.settle(task).text == std::to_string(i));
  }
}

TEST_CASE("more images than slots all get a turn while none of them runs out of tasks") {
  PoolRig rig;
  std::vector<std::uint64_t> last;
  for (std::uint32_t image = 2; image < 5; ++image) {
    rig.add_image(ImageId{image}, PoolRig::this_program());
    for (int i = 0; i < 300; ++i) last.push_back(rig.submit(echo, "", {}, ImageId{image}));
  }
  rig.settle_all();
  CHECK(rig.told.size() == 900);
}

TEST_CASE("a warmed pool has its workers before the first task") {
  PoolRig rig{{.slots = 3}};
  rig.pool.warm(PoolRig::first_image);
  for (int i = 0; i < 3; ++i) rig.submit(block);
  rig.run_until([&] { return rig.out.size() == 3; });
  CHECK(rig.pool.unsettled() == 3);
}

}  // namespace blitzen::pool::testing
