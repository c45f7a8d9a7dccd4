#include "pool/output_pipe.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace blitzen::pool {
namespace {

std::vector<std::string> split(const std::vector<std::string>& pieces) {
  LineSplitter splitter;
  std::vector<std::string> lines;
  const auto sink = [&](std::string_view line) { lines.emplace_back(line); };
  for (const std::string& piece : pieces) splitter.feed(piece, sink);
  splitter.finish(sink);
  return lines;
}

}  // namespace

TEST_CASE("lines are whole however the text arrives") {
  using Lines = std::vector<std::string>;
  CHECK(split({"one\ntwo\n"}) == Lines{"one", "two"});
  CHECK(split({"o", "ne", "\n", "two\nth", "ree"}) == Lines{"one", "two", "three"});
  CHECK(split({"\n\n", "\n"}) == Lines{"", "", ""});
  CHECK(split({}).empty());
}

TEST_CASE("a line that is too long comes in pieces of the largest size") {
  const std::string text(2 * line_bytes_max + 10, 'x');
  const auto lines = split({text + "\nnext\n"});
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].size() == line_bytes_max);
  CHECK(lines[1].size() == line_bytes_max);
  CHECK(lines[2].size() == 10);
  CHECK(lines[3] == "next");
}

TEST_CASE("text in random pieces is split as if it came at once") {
  const auto seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  std::mt19937 random{seed};
  std::string text;
  for (int i = 0; i < 200; ++i) text += std::string(random() % 200, 'a') + "\n";
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < text.size();) {
    pieces.push_back(text.substr(at, random() % 300));
    at += pieces.back().size();
  }
  CHECK(split(pieces) == split({text}));
}

TEST_CASE("the last lines are whole as far as they fit") {
  LastLines last{10};
  CHECK(last.text().empty());
  last.add("abc");
  last.add("defg");
  CHECK(last.text() == "abc\ndefg");
  last.add("hij");
  CHECK(last.text() == "defg\nhij");
  last.add("a line that is longer than the limit");
  CHECK(last.text() == " the limit");
  last.clear();
  CHECK(last.text().empty());
}

TEST_CASE("no last lines are kept where none are wanted") {
  LastLines last{0};
  last.add("line");
  CHECK(last.text().empty());
}

}  // namespace blitzen::pool
