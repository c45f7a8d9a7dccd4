// One line of a transcript: "submit 1/0..4 timeout=7s".
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/ids.hpp"

namespace blitzen::testing {

/// A verb, words, and named values. Throws std::runtime_error for what it cannot read, naming it.
class Command {
 public:
  explicit Command(const std::string& line);

  [[nodiscard]] const std::string& verb() const { return verb_; }
  [[nodiscard]] std::uint32_t id() const;
  /// "1/3" or, both ends included, "1/0..4".
  [[nodiscard]] std::vector<core::TaskId> tasks() const;
  /// The word after the tasks, if any.
  [[nodiscard]] std::string second_word(const std::string& otherwise) const;

  [[nodiscard]] std::uint32_t number(const std::string& name, std::uint32_t otherwise) const;
  /// A number and a unit: ns, us, ms, s, min, h.
  [[nodiscard]] core::Duration duration(const std::string& name, core::Duration otherwise) const;

  [[nodiscard]] static core::Duration parse_duration(const std::string& text);
  [[nodiscard]] const std::string& first_word() const;

  /// Throws when a named value was given that nobody asked for: a misspelt name must not pass silently.
  void check_all_read() const;

 private:
  /// The named value, or null.
  [[nodiscard]] const std::string* value_of(const std::string& name) const;

  std::string verb_;
  std::vector<std::string> words_;
  std::map<std::string, std::string> values_;
  mutable std::set<std::string> read_;
};

}  // namespace blitzen::testing
