#include "command.hpp"

#include <charconv>
#include <sstream>
#include <stdexcept>

namespace blitzen::testing {

namespace {

std::uint64_t parse_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) throw std::runtime_error("not a number: " + text);
  return number;
}

}  // namespace

Command::Command(const std::string& line) {
  std::istringstream in(line);
  in >> verb_;
  for (std::string word; in >> word;) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) {
      words_.push_back(word);
    } else {
      values_[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }
}

const std::string& Command::first_word() const {
  if (words_.empty()) throw std::runtime_error(verb_ + " needs to be told what");
  return words_.front();
}

std::uint32_t Command::id() const { return static_cast<std::uint32_t>(parse_number(first_word())); }

std::vector<core::TaskId> Command::tasks() const {
  const std::string& text = first_word();
  const auto slash = text.find('/');
  if (slash == std::string::npos) throw std::runtime_error("not a task: " + text);
  const core::DriverId driver{static_cast<std::uint32_t>(parse_number(text.substr(0, slash)))};
  const auto dots = text.find("..", slash);
  const std::uint64_t first = parse_number(text.substr(slash + 1, dots - slash - 1));
  const std::uint64_t last = dots == std::string::npos ? first : parse_number(text.substr(dots + 2));
  std::vector<core::TaskId> tasks;
  for (std::uint64_t number = first; number <= last; ++number) tasks.push_back({driver, number});
  return tasks;
}

std::string Command::second_word(const std::string& otherwise) const {
  return words_.size() > 1 ? words_[1] : otherwise;
}

const std::string* Command::value_of(const std::string& name) const {
  read_.insert(name);
  const auto value = values_.find(name);
  return value != values_.end() ? &value->second : nullptr;
}

std::uint32_t Command::number(const std::string& name, std::uint32_t otherwise) const {
  const std::string* value = value_of(name);
  return value != nullptr ? static_cast<std::uint32_t>(parse_number(*value)) : otherwise;
}

core::Duration Command::duration(const std::string& name, core::Duration otherwise) const {
  const std::string* value = value_of(name);
  return value != nullptr ? parse_duration(*value) : otherwise;
}

void Command::check_all_read() const {
  for (const auto& [name, value] : values_) {
    if (!read_.contains(name)) throw std::runtime_error(verb_ + " does not know " + name);
  }
}

core::Duration Command::parse_duration(const std::string& text) {
  using namespace std::chrono_literals;
  static const std::map<std::string, core::Duration> units{{"ns", 1ns}, {"us", 1us},   {"ms", 1ms},
                                                           {"s", 1s},   {"min", 1min}, {"h", 1h}};
  const auto digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string::npos) throw std::runtime_error("not a duration: " + text);
  const auto unit = units.find(text.substr(digits));
  if (unit == units.end()) throw std::runtime_error("not a duration: " + text);
  return static_cast<core::Duration::rep>(parse_number(text.substr(0, digits))) * unit->second;
}

}  // namespace blitzen::testing
