#include <catch2/catch.hpp>
#include <cstdio>

#include "tests/e2e/cluster.hpp"

namespace blitzen::e2e {
namespace {

constexpr int tasks_count = 100;
constexpr int pieces = 5;

std::string line_of(const std::string& stream, int task) {
  std::string line = stream + " of task " + std::to_string(task) + ":";
  for (int piece = 0; piece < pieces; ++piece) line += ' ' + std::string(100, static_cast<char>('a' + piece));
  return line + " end";
}

/// Piece by piece, so that lines of several workers would mix if they could.
void print(std::FILE* file, const std::string& line) {
  const std::size_t step = line.size() / pieces + 1;
  for (std::size_t at = 0; at < line.size(); at += step) {
    std::fputs(line.substr(at, step).c_str(), file);
    std::fflush(file);
  }
  std::fputs("\n", file);
  std::fflush(file);
}

void print_to_both(int task) {
  print(stdout, line_of("output", task));
  print(stderr, line_of("errors", task));
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("what tasks print reaches the client's own stdout and stderr in whole lines", "[output]") {
  Cluster cluster;
  Daemon& client = cluster.start_client(3);
  DistributedDispatcher driver(cluster.driver());
  std::vector<Task<void>> tasks;
  for (int i = 0; i < tasks_count; ++i) tasks.push_back(driver.run(print_to_both, i));
  for (const auto& outcome : driver.get_results(tasks)) CHECK(outcome);
  client.wait_for_line("^output of task .* end$", tasks_count, Daemon::Stream::out);
  client.wait_for_line("^errors of task .* end$", tasks_count, Daemon::Stream::err);
  const std::string out = '\n' + client.text(Daemon::Stream::out);
  const std::string err = '\n' + client.text(Daemon::Stream::err);
  for (int i = 0; i < tasks_count; ++i) {
    CHECK(count(out, '\n' + line_of("output", i) + '\n') == 1);
    CHECK(count(err, '\n' + line_of("errors", i) + '\n') == 1);
  }
}

}  // namespace blitzen::e2e
