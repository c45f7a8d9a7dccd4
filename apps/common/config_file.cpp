#include "apps/common/config_file.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>
#include <utility>

namespace blitzen::app {
namespace {

constexpr std::string_view blanks = " \t\r";

/// More than anybody writes. Whoever names a wrong file, or a device, is told so.
constexpr std::size_t bytes_max = 1024 * 1024;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string quoted(std::string_view text) { return '"' + std::string{text} + '"'; }

/// All of the file, however long its lines are.
std::string read_bounded(std::istream& file) {
  std::string text;
  const auto line = [&] { return 1 + static_cast<int>(std::count(text.begin(), text.end(), '\n')); };
  for (std::array<char, 4096> piece{}; file;) {
    file.read(piece.data(), piece.size());
    text.append(piece.data(), static_cast<std::size_t>(file.gcount()));
    if (text.size() > bytes_max) throw ConfigFileError{line(), "the file is too long to be a configuration file"};
  }
  if (file.bad()) throw ConfigFileError{line(), "the file cannot be read any further"};
  return text;
}

/// Takes a file apart from its first line to its last.
class Reader {
 public:
  explicit Reader(std::istream& text) : text_(text) {}

  std::vector<ConfigEntry> read() {
    while (next_line()) {
      if (!at_end_of_line()) read_entry();
    }
    return std::move(entries_);
  }

 private:
  bool next_line() {
    if (!std::getline(text_, line_)) return false;
    ++number_;
    // Sentences about it would end there.
    if (line_.find('\0') != std::string::npos) fail_at(number_, "the file is not text: it has a zero byte");
    rest_ = trimmed(line_);
    return true;
  }

  [[nodiscard]] bool at_end_of_line() const { return rest_.empty() || rest_.front() == '#'; }

  void read_entry() {
    if (rest_.front() == '[') fail(quoted(line_up_to_comment()) + " looks like a section, and sections are not used");
    const auto equals = rest_.find('=');
    const auto key = trimmed(rest_.substr(0, equals));
    if (equals == std::string_view::npos) fail(quoted(line_up_to_comment()) + " is not of the form key = value");
    if (key.empty()) fail("there is no key in front of =");
    for (const auto& entry : entries_) {
      if (entry.key == key) fail(entry.key + " is given twice, here and in line " + std::to_string(entry.line));
    }
    ConfigEntry entry{std::string{key}, {}, number_};
    skip(equals + 1);
    if (at_end_of_line()) fail(entry.key + " needs a value");
    if (rest_.front() == '[')
      read_list(entry);
    else
      entry.values.push_back(read_value("#"));
    if (!at_end_of_line()) fail(entry.key + " has something behind its value: " + quoted(line_up_to_comment()));
    entries_.push_back(std::move(entry));
  }

  void read_list(ConfigEntry& entry) {
    skip(1);
    for (;;) {
      while (at_end_of_line()) {
        if (!next_line()) fail_at(entry.line, entry.key + " has a list that is not closed: ] is missing");
      }
      if (rest_.front() == ']') return skip(1);
      entry.values.push_back(read_value(",]#"));
      if (rest_.starts_with(',')) skip(1);
    }
  }

  /// A value that is not quoted ends before any of `ends`.
  std::string read_value(std::string_view ends) {
    const char quote = rest_.front();
    if (quote != '"' && quote != '\'') {
      const auto size = std::min(rest_.find_first_of(ends), rest_.size());
      std::string value{trimmed(rest_.substr(0, size))};
      skip(size);
      return value;
    }
    const auto close = rest_.find(quote, 1);
    if (close == std::string_view::npos) fail("a quote is not closed: " + std::string{rest_});
    std::string value{rest_.substr(1, close - 1)};
    skip(close + 1);
    return value;
  }

  void skip(std::size_t count) { rest_ = trimmed(rest_.substr(count)); }

  [[nodiscard]] std::string_view line_up_to_comment() const { return trimmed(rest_.substr(0, rest_.find('#'))); }

  [[noreturn]] void fail(const std::string& problem) const { fail_at(number_, problem); }
  [[noreturn]] static void fail_at(int line, const std::string& problem) { throw ConfigFileError{line, problem}; }

  std::istream& text_;
  std::vector<ConfigEntry> entries_;
  std::string line_;
  std::string_view rest_;  ///< Of line_: what is still to be read.
  int number_ = 0;
};

}  // namespace

std::vector<ConfigEntry> read_config_file(std::istream& file) {
  std::istringstream text{read_bounded(file)};
  return Reader{text}.read();
}

}  // namespace blitzen::app
