#include "source_text.hpp"

#include <cctype>
#include <fstream>
#include <regex>
#include <stdexcept>
#include <string_view>

namespace blitzen::policy {
namespace {

/// Blanks comments and the insides of literals, line by line. Knows no raw strings over several lines.
class Stripper {
 public:
  std::string strip(std::string_view line) {
    std::string code;
    for (std::size_t at = 0; at < line.size();) at = step(line, at, code);
    return code;
  }

 private:
  std::size_t step(std::string_view line, std::size_t at, std::string& code) {
    const std::string_view rest = line.substr(at);
    if (in_comment_) {
      in_comment_ = !rest.starts_with("*/");
      return at + (in_comment_ ? 1 : 2);
    }
    if (rest.starts_with("//")) return line.size();
    if (rest.starts_with("/*")) return in_comment_ = true, at + 2;
    if (rest.starts_with("R\"(")) return skip_past(line, ")\"", at + 3, code);
    const bool digit_separator = at > 0 && std::isalnum(static_cast<unsigned char>(line[at - 1])) != 0;
    if (rest.front() == '"' || (rest.front() == '\'' && !digit_separator)) return skip_literal(line, at, code);
    code += rest.front();
    return at + 1;
  }

  static std::size_t skip_past(std::string_view line, std::string_view end, std::size_t from, std::string& code) {
    code += "\"\"";
    const std::size_t found = line.find(end, from);
    return found == std::string_view::npos ? line.size() : found + end.size();
  }

  static std::size_t skip_literal(std::string_view line, std::size_t at, std::string& code) {
    const char quote = line[at];
    code += {quote, quote};
    for (++at; at < line.size() && line[at] != quote; ++at) {
      if (line[at] == '\\') ++at;
    }
    return at + 1;
  }

  bool in_comment_ = false;
};

}  // namespace

SourceText read_source(const std::filesystem::path& file) {
  static const std::regex include(R"(^\s*#\s*include\s*([<"][^>"]+[>"]).*)");
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  SourceText text;
  Stripper stripper;
  for (std::string line; std::getline(stream, line);) {
    std::smatch match;
    if (std::regex_match(line, match, include)) text.includes.push_back({text.lines.size() + 1, match[1]});
    text.code.push_back(stripper.strip(line));
    text.lines.push_back(std::move(line));
  }
  return text;
}

}  // namespace blitzen::policy
