// What people write: key files, config files, and values of options. Anything becomes what it says, or a sentence.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>
#include <string_view>

#include "apps/common/config_file.hpp"
#include "apps/common/values.hpp"
#include "base/shared_bytes.hpp"
#include "base/unique_fd.hpp"
#include "blitzen/error.hpp"
#include "net/cluster_key.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/counting_new.hpp"

namespace blitzen::fuzz {
namespace {

enum class Kind : std::uint8_t { key_file, config_file, option_value };
constexpr std::uint8_t kinds = 3;

/// An empty value in a list takes a comma in the file and a string in memory, once more and twice while a vector grows.
constexpr std::size_t config_bytes_per_byte = 4 * sizeof(std::string);

void try_key_file(std::string_view text) {
  static const base::UniqueFd file{::memfd_create("key", MFD_CLOEXEC)};
  static const std::string path = "/proc/self/fd/" + std::to_string(file.get());
  require(::fchmod(file.get(), S_IRUSR | S_IWUSR) == 0 && ::ftruncate(file.get(), 0) == 0 &&
              ::pwrite(file.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()),
          "the key file cannot be made");
  const bool digits = text.substr(0, 64).find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  const bool right = digits && (text.size() == 64 || (text.size() == 65 && text.back() == '\n'));
  bool loaded = false;
  try {
    const net::ClusterKey key = net::load_key(path);
    loaded = true;
    require(!key.fingerprint().empty(), "a key has no fingerprint");
  } catch (const Error& error) {
    require(error.code() == ErrorCode::bad_key_file, "a bad key file leads to another error than that");
  }
  require(loaded == right, "a key file is taken for what it is not");
}

/// One line that says the same.
std::string rewritten(const app::ConfigEntry& entry) {
  std::string line = entry.key + " = [";
  for (const std::string& value : entry.values) {
    const char quote = value.find('"') == std::string::npos ? '"' : '\'';
    line += quote + value + quote + ',';
  }
  return line + "]\n";
}

void try_config_file(std::string_view text) {
  std::istringstream file{std::string{text}};
  std::vector<app::ConfigEntry> entries;
  try {
    const testing::AllocationMeter meter;
    entries = app::read_config_file(file);
    require(meter.peak_bytes() <= config_bytes_per_byte * text.size() + allocation_bytes_max(0),
            "a config file took too much memory");
  } catch (const app::ConfigFileError& error) {
    require(error.line() >= 1 && *error.what() != '\0', "a config file is refused without saying where or why");
    return;
  }
  int line = 0;
  for (const app::ConfigEntry& entry : entries) {
    require(!entry.key.empty() && entry.line > line, "an entry of a config file has no key, or no place of its own");
    line = entry.line;
    const auto both_quotes = [](const std::string& value) {
      return value.find('"') != std::string::npos && value.find('\'') != std::string::npos;
    };
    if (std::ranges::any_of(entry.values, both_quotes)) continue;
    std::istringstream again{rewritten(entry)};
    const auto read = app::read_config_file(again);
    require(read.size() == 1 && read.front().key == entry.key && read.front().values == entry.values,
            "an entry of a config file changes when it is written and read again");
  }
}

void try_option_value(std::string_view text) {
  static const CLI::Validator checks[] = {
      app::whole_number(-5, 65535), app::seconds(), app::size(1024), app::log_level(),
      app::compression_mode(),      app::host()};
  constexpr std::size_t size_check = 2;
  for (std::size_t i = 0; i < std::size(checks); ++i) {
    std::string value{text};
    const bool taken = checks[i](value).empty();
    if (taken && i == size_check) {
      require(!value.empty() && value.find_first_not_of("0123456789") == std::string::npos,
              "a size is taken that is no number of bytes");
    }
  }
}

Bytes input_of(Kind kind, std::string_view text) {
  Bytes input(1 + text.size(), static_cast<std::byte>(kind));
  std::ranges::copy(base::as_bytes(text), input.begin() + 1);
  return input;
}

}  // namespace

void try_input(std::span<const std::byte> input) {
  InputReader reader{input};
  const auto kind = static_cast<Kind>(reader.number<std::uint8_t>() % kinds);
  const std::string_view text = base::as_text(reader.rest());
  switch (kind) {
    case Kind::key_file:
      return try_key_file(text);
    case Kind::config_file:
      return try_config_file(text);
    case Kind::option_value:
      return try_option_value(text);
  }
}

std::vector<Seed> seeds() {
  const std::string key = "0123456789abcdefABCDEF0123456789abcdef0123456789abcdef0123456789";
  std::vector<Seed> all{{"a key", input_of(Kind::key_file, key)},
                        {"a key and a newline", input_of(Kind::key_file, key + "\n")},
                        {"a key that is too long", input_of(Kind::key_file, key + "\n\n")},
                        {"a config file", input_of(Kind::config_file,
                                                   "# comment\nport = 50000\nlisten = [\"::1\", # why\n 'host',\n]\n"
                                                   "key-file=\"/a b\"  # end\r\n")},
                        {"a list of nothing", input_of(Kind::config_file, "a = [,,]\nb = [ ]")}};
  for (const char* value : {"17", "1.5", "512M", "0", "info", "auto", "[::1]", "host.example", "1e9", "-5"}) {
    all.push_back({value, input_of(Kind::option_value, value)});
  }
  return all;
}

}  // namespace blitzen::fuzz
