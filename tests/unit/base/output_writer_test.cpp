#include "base/output_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "base/unique_fd.hpp"

using namespace blitzen;
using base::OutputWriter;

namespace {

struct Pipe {
  base::UniqueFd read_end;
  base::UniqueFd write_end;

  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
  }
  /// Until every writer has closed its end.
  [[nodiscard]] std::string read_all() const {
    std::string text;
    std::array<char, 4096> buffer;
    for (ssize_t count = 0; (count = ::read(read_end.get(), buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
  }
};

}  // namespace

TEST_CASE("lines are written whole and in order") {
  Pipe pipe;
  {
    OutputWriter writer(pipe.write_end.get(), "a pipe");
    writer.write_line("first");
    writer.write_line("");
    writer.write_line("third");
  }
  pipe.write_end.reset();
  CHECK(pipe.read_all() == "first\n\nthird\n");
}

TEST_CASE("a line longer than a pipe holds arrives whole") {
  Pipe pipe;
  const std::string line(300'000, 'x');
  std::string read;
  std::thread reader([&] { read = pipe.read_all(); });
  {
    OutputWriter writer(pipe.write_end.get(), "a pipe");
    writer.write_line(line);
    writer.write_line("short");
  }
  pipe.write_end.reset();
  reader.join();
  CHECK(read == line + "\nshort\n");
}

TEST_CASE("after a flush, what was queued has been written") {
  Pipe pipe;
  OutputWriter writer(pipe.write_end.get(), "a pipe");
  writer.write_line("line");
  writer.flush();
  std::array<char, 16> read{};
  REQUIRE(::read(pipe.read_end.get(), read.data(), read.size()) == 5);
  CHECK(std::string(read.data(), 5) == "line\n");
}

TEST_CASE("a flush gives up on a reader that stopped reading") {
  Pipe pipe;
  {
    base::OutputLimits limits;
    limits.flush_max = std::chrono::milliseconds{0};
    OutputWriter writer(pipe.write_end.get(), "a pipe", limits);
    writer.write_line(std::string(300'000, 'x'));
    writer.flush();
    writer.flush();
    pipe.read_end.reset();
  }
  // The thread that the writer gave up may still be about to use it.
  static_cast<void>(pipe.write_end.release());
  SUCCEED("it returned");
}

TEST_CASE("a pipe that nobody reads any more swallows lines and ends nothing") {
  Pipe pipe;
  pipe.read_end.reset();
  OutputWriter writer(pipe.write_end.get(), "a pipe");
  for (int i = 0; i < 1000; ++i) writer.write_line("lost");
  SUCCEED("neither SIGPIPE nor a stall");
}

TEST_CASE("a reader that stops reading loses lines and is told how many") {
  Pipe pipe;
  const std::string line(9'999, 'x');
  std::string read;
  std::thread reader;
  {
    base::OutputLimits limits;
    limits.queue_bytes_max = 50'000;
    limits.stall_max = std::chrono::milliseconds{0};
    OutputWriter writer(pipe.write_end.get(), "a pipe", limits);
    for (int i = 0; i < 1000; ++i) writer.write_line(line);
    reader = std::thread([&] { read = pipe.read_all(); });
  }
  pipe.write_end.reset();
  reader.join();
  CHECK_THAT(read, Catch::Contains("lines were dropped: nobody read a pipe]\n"));
  CHECK(read.size() < 1000 * line.size());
}
