#include "apps/common/config_file.hpp"

#include <catch2/catch.hpp>
#include <sstream>

using namespace blitzen::app;
using Values = std::vector<std::string>;

namespace {

std::vector<ConfigEntry> read(const std::string& content) {
  std::istringstream file(content);
  return read_config_file(file);
}

Values values(const std::string& content) {
  const auto entries = read(content);
  REQUIRE(entries.size() == 1);
  CHECK(entries.front().key == "key");
  return entries.front().values;
}

/// "LINE: what is wrong".
std::string problem(const std::string& content) {
  try {
    (void)read(content);
  } catch (const ConfigFileError& error) {
    return std::to_string(error.line()) + ": " + error.what();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("a config file's values may be quoted") {
  CHECK(values("key = value") == Values{"value"});
  CHECK(values("  key=value  # why") == Values{"value"});
  CHECK(values("key = \"a value # of two = words\" # why\r\n") == Values{"a value # of two = words"});
  CHECK(values("key = 'value'") == Values{"value"});
  CHECK(values("key = \"\"") == Values{""});
}

TEST_CASE("a config file's list may go over several lines") {
  CHECK(values("key = [\"a\", 'b', c]") == Values{"a", "b", "c"});
  CHECK(values("key = [ # why\n  \"a, b\",\n\n  \"c\", # last\n]\n") == Values{"a, b", "c"});
  CHECK(values("key = []").empty());
}

TEST_CASE("a config file's entries know their lines") {
  const auto entries = read("# comment\n\nfirst = 1\nlist = [\n1]\nlast = 2");
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].line == 3);
  CHECK(entries[1].line == 4);
  CHECK(entries[2].line == 6);
}

TEST_CASE("a config file that cannot be read to its end is refused, not half used") {
  std::istringstream file("listen = 127.0.0.1\n");
  file.setstate(std::ios::badbit);
  CHECK_THROWS_AS(read_config_file(file), ConfigFileError);
  CHECK(problem(std::string(2 * 1024 * 1024, 'x')) == "1: the file is too long to be a configuration file");
}

TEST_CASE("a file without an end, such as /dev/zero, is refused") {
  class Endless : public std::streambuf {
    int_type underflow() override {
      setg(&letter_, &letter_, &letter_ + 1);
      return traits_type::to_int_type(letter_);
    }
    char letter_ = 'x';
  };
  Endless letters;
  std::istream file(&letters);
  CHECK_THROWS_AS(read_config_file(file), ConfigFileError);
}

TEST_CASE("what is wrong with a config file is told with its line") {
  const auto [content, expected] = GENERATE(table<const char*, const char*>({
      {"\n[server]\nport = 1", "2: \"[server]\" looks like a section, and sections are not used"},
      {"port = 1\nlisten = x\nport = 2", "3: port is given twice, here and in line 1"},
      {"key = \"value", "1: a quote is not closed: \"value"},
      {"key = [a, \"b]", "1: a quote is not closed: \"b]"},
      {"\nkey = [a,\nb\n", "2: key has a list that is not closed: ] is missing"},
      {"insecure", "1: \"insecure\" is not of the form key = value"},
      {"= 1", "1: there is no key in front of ="},
      {"port =", "1: port needs a value"},
      {"port = # 1", "1: port needs a value"},
      {"key = \"a\" b", "1: key has something behind its value: \"b\""},
  }));
  CHECK(problem(content) == expected);
}

TEST_CASE("a config file that is no text is refused with a whole sentence") {
  using namespace std::string_literals;
  CHECK(problem("a = 1\n\0key = [] 2\n"s) == "2: the file is not text: it has a zero byte");
}
