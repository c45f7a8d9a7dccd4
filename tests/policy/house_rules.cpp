#include "house_rules.hpp"

#include <algorithm>
#include <array>
#include <regex>
#include <string_view>

#include "source_text.hpp"

namespace blitzen::policy {
namespace {

using Prefixes = std::vector<std::string_view>;

/// Files are meant to stay under 500 lines; this is where it stops.
constexpr std::size_t file_lines_max = 600;

/// What the files of one directory may include in quotes.
struct Edges {
  std::string_view directory;
  Prefixes targets;
};

const std::vector<Edges> edges{
    {"proto/", {"proto/", "blitzen/proto/"}},
    {"libblitzen/include/", {"blitzen/"}},
    {"libblitzen/src/base/", {"base/", "blitzen/"}},
    {"libblitzen/src/logging/", {"base/", "blitzen/"}},
    {"libblitzen/src/core/", {"core/"}},
    {"libblitzen/src/pool/", {"pool/", "base/", "blitzen/error.hpp"}},
    {"libblitzen/src/images/", {"images/", "base/", "proto/", "blitzen/error.hpp"}},
    {"libblitzen/src/journal/", {"journal/", "base/", "blitzen/error.hpp"}},
    {"libblitzen/src/net/",
     {"net/", "base/", "proto/", "blitzen/proto/", "blitzen/compression.hpp", "blitzen/error.hpp"}},
    {"libblitzen/src/call/", {"call/", "base/", "proto/", "pool/pool.hpp", "pool/worker.hpp", "blitzen/"}},
    {"libblitzen/src/server/", {"server/", "core/", "net/", "images/", "journal/", "base/", "proto/", "blitzen/"}},
    {"libblitzen/src/client/",
     {"client/", "pool/", "net/", "images/", "call/init_state.hpp", "call/obituary.hpp", "base/", "proto/",
      "blitzen/"}},
    {"libblitzen/src/dispatch/",
     {"dispatch/", "core/", "pool/", "net/", "images/", "call/", "base/", "proto/", "blitzen/"}},
    // The scheduler alone is measured with ten thousand simulated clients, which no public header can do.
    {"apps/bench/core_scale.cpp", {"apps/bench/", "core/"}},
    {"apps/", {"apps/", "blitzen/"}},
};

/// The only directories that may include a foreign library.
struct Library {
  std::string_view include;
  Prefixes directories;
};

const std::vector<Library> libraries{
    {"<asio",
     {"libblitzen/src/net/", "libblitzen/src/server/", "libblitzen/src/client/", "libblitzen/src/dispatch/", "tests/"}},
    {"<openssl/", {"libblitzen/src/net/", "libblitzen/src/images/", "apps/examples/", "tests/"}},
    {"<sqlite3", {"libblitzen/src/journal/", "tests/"}},
    {"<xxhash", {"libblitzen/src/journal/"}},
    {"<zstd", {"libblitzen/src/net/", "tests/"}},
    {"<spdlog/", {"libblitzen/src/logging/"}},
    {"<fmt/", {"libblitzen/src/logging/"}},
    {"<CLI/", {"apps/"}},
    {"<nlohmann/", {"apps/bench/", "tests/"}},
    {"<cereal/", {"proto/", "libblitzen/include/", "libblitzen/src/call/", "apps/", "tests/"}},
    {"<catch2/", {"tests/"}},
};

/// Words of code that a directory must do without.
struct Ban {
  Prefixes directories;
  std::regex word;
  std::string_view instead;
};

const Prefixes everywhere{""};

const std::vector<Ban> bans{
    {{"libblitzen/src/core/"},
     std::regex(R"(steady_clock::now|system_clock|high_resolution_clock|\btime\()"),
     "the core has no clock; take the time as the argument `now`"},
    {{"libblitzen/src/core/"},
     std::regex(R"(\bstd::(jthread|thread|async|mutex|shared_mutex|condition_variable|atomic)\b)"),
     "the core has no threads; leave them to its host"},
    {{"libblitzen/src/core/"},
     std::regex(R"(\b(random_device|mt19937|s?rand)\b)"),
     "the core has no randomness; take the numbers as an argument"},
    {{"libblitzen/src/", "proto/"},
     std::regex(R"(\bsystem_clock\b)"),
     "the wall clock jumps; use std::chrono::steady_clock"},
    {{"tests/"},
     std::regex(R"(\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\b\s*\()"),
     "wait for the event itself: a descriptor, a future, a condition variable"},
    {everywhere, std::regex(R"(\busing\s+namespace\s+std\s*;)"), "name what you use: std::vector"},
    {everywhere, std::regex(R"(\bstd::(views::|ranges::(views|subrange|unique|remove|remove_if|rotate|partition)\b))"),
     "Debian 12's clang, which fuzzes and tidies, cannot compile it with libstdc++; use iterators"},
    {everywhere, std::regex(R"(\b(__rdtsc|_mm_\w+|__builtin_ia32_\w+)\b)"),
     "that builds on x86-64 only; use std::chrono::steady_clock or a portable builtin"},
};

bool lies_in(std::string_view file, const Prefixes& directories) {
  return std::any_of(directories.begin(), directories.end(), [&](auto prefix) { return file.starts_with(prefix); });
}

std::string list(const Prefixes& names) {
  std::string text;
  for (const auto name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

/// Collects the sentences about one file.
class Inspection {
 public:
  Inspection(std::string file, const SourceText& text, std::vector<std::string>& out)
      : file_(std::move(file)), text_(text), out_(out) {}

  void run() {
    for (const auto& include : text_.includes) {
      check_edge(include);
      check_library(include);
      check_core(include);
    }
    for (std::size_t i = 0; i < text_.code.size(); ++i) check_words(i);
    if (text_.lines.size() > file_lines_max)
      report(text_.lines.size(),
             "the file has more than " + std::to_string(file_lines_max) + " lines; split it by subject");
  }

 private:
  void check_edge(const Include& include) {
    if (include.target.front() != '"' || include.target.find('/') == std::string::npos) return;
    const auto rule = std::find_if(edges.begin(), edges.end(), [&](auto& e) { return file_.starts_with(e.directory); });
    if (rule == edges.end() || lies_in(std::string_view{include.target}.substr(1), rule->targets)) return;
    report(include.line, std::string{rule->directory} + " must not include " + include.target + "; it may include " +
                             list(rule->targets));
  }

  void check_library(const Include& include) {
    for (const auto& library : libraries) {
      if (include.target.starts_with(library.include) && !lies_in(file_, library.directories))
        report(include.line,
               include.target + " does not belong here; only these may include it: " + list(library.directories));
    }
  }

  void check_core(const Include& include) {
    static const Prefixes impure{
        "<atomic>", "<condition_variable>", "<filesystem>", "<fstream>", "<future>", "<iostream>", "<mutex>",
        "<random>", "<shared_mutex>",       "<thread>"};
    const bool system_header = include.target.front() == '<' && include.target.find('.') != std::string::npos;
    if (file_.starts_with("libblitzen/src/core/") && (system_header || lies_in(include.target, impure)))
      report(include.line, "the core is pure and must not include " + include.target + "; leave that to its host");
  }

  void check_words(std::size_t index) {
    for (const auto& ban : bans) {
      std::smatch match;
      if (lies_in(file_, ban.directories) && std::regex_search(text_.code[index], match, ban.word))
        report(index + 1, match.str() + " is banned here; " + std::string{ban.instead});
    }
  }

  void report(std::size_t line, const std::string& sentence) {
    out_.push_back(file_ + ':' + std::to_string(line) + ": " + sentence);
  }

  std::string file_;
  const SourceText& text_;
  std::vector<std::string>& out_;
};

}  // namespace

std::vector<std::string> broken_rules(const std::filesystem::path& repository) {
  namespace fs = std::filesystem;
  std::vector<std::string> broken;
  for (const auto* top : {"apps", "libblitzen", "proto", "tests"}) {
    if (!fs::exists(repository / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(repository / top)) {
      const auto extension = entry.path().extension();
      if (!entry.is_regular_file() || (extension != ".hpp" && extension != ".cpp")) continue;
      Inspection(fs::relative(entry.path(), repository).string(), read_source(entry.path()), broken).run();
    }
  }
  std::sort(broken.begin(), broken.end());
  return broken;
}

}  // namespace blitzen::policy
