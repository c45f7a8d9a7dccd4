// Arguments and results of every size, which take different ways.
#include <catch2/catch.hpp>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "cluster.hpp"

namespace {

using Words = std::vector<std::uint64_t>;

Words words(std::size_t bytes, std::uint64_t first) {
  Words made(bytes / sizeof(std::uint64_t));
  std::iota(made.begin(), made.end(), first);
  return made;
}

Words one_more_each(Words given) {
  for (std::uint64_t& word : given) ++word;
  return given;
}

std::string joined(const std::vector<std::string>& parts, const std::string& end) {
  return std::accumulate(parts.begin(), parts.end(), std::string{}) + end;
}

std::vector<std::string> split(const std::string& text, std::size_t part_bytes) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size(); at += part_bytes) parts.push_back(text.substr(at, part_bytes));
  return parts;
}

}  // namespace

TEST_CASE("payloads of every size come through unchanged") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  constexpr std::size_t mebibyte = 1024 * 1024;
  for (const std::size_t bytes : {std::size_t{8}, std::size_t{1016}, std::size_t{1024}, std::size_t{8'192},
                                  std::size_t{65'536}, std::size_t{262'144}, mebibyte, 20 * mebibyte}) {
    CAPTURE(bytes);
    std::vector<blitzen::Task<Words>> tasks;
    for (std::uint64_t first = 0; first < 4; ++first)
      tasks.push_back(dispatcher->run(one_more_each, words(bytes, first)));
    const auto outcomes = dispatcher->get_results(tasks);
    for (std::uint64_t first = 0; first < 4; ++first) CHECK(outcomes[first].value() == words(bytes, first + 1));
    dispatcher->clear(tasks);
  }
}

TEST_CASE("arguments that grow bit by bit come through unchanged") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  const std::vector<std::string> parts(20'000, std::string(100, 'x'));
  CHECK(dispatcher->get_result(dispatcher->run(joined, parts, std::string{"end"})).value() ==
        std::string(2'000'000, 'x') + "end");
}

TEST_CASE("results that grow bit by bit come through unchanged") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  std::string text(2'000'000, '\0');
  std::iota(text.begin(), text.end(), '\0');
  for (const std::size_t part_bytes : {std::size_t{100}, std::size_t{100'000}}) {
    std::vector<blitzen::Task<std::vector<std::string>>> tasks;
    for (int i = 0; i < 8; ++i) tasks.push_back(dispatcher->run(split, text, part_bytes));
    for (const auto& outcome : dispatcher->get_results(tasks)) CHECK(outcome.value() == split(text, part_bytes));
  }
}
