#include "apps/common/values.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace blitzen::app {
namespace {

constexpr double seconds_least = 0.001;
constexpr std::uint64_t mebibyte = 1024ULL * 1024;
constexpr double seconds_most = 10.0 * 365 * 24 * 60 * 60;

/// The whole text as a number, else nothing.
template <class Number>
std::optional<Number> parse(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Bytes, if it is a whole number with a unit that is not too large.
std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::string_view units = "KMGT";
  constexpr unsigned bits_per_unit = 10;
  constexpr std::uint64_t bytes_most = 1ULL << 62U;
  if (text == "0") return 0;
  const std::size_t unit = text.empty() ? units.npos : units.find(text.back());
  if (unit == units.npos) return std::nullopt;
  text.remove_suffix(1);
  const auto number = parse<std::uint64_t>(text);
  const unsigned shift = bits_per_unit * (static_cast<unsigned>(unit) + 1);
  if (!number || *number > bytes_most >> shift) return std::nullopt;
  return *number << shift;
}

std::string refuse(std::string_view allowed, const std::string& text) {
  return "must be " + std::string{allowed} + ", not \"" + text + '"';
}

/// "auto, on or off"
std::string listed(const std::vector<std::string>& names) {
  std::string text = names.front();
  for (std::size_t i = 1; i < names.size(); ++i) text += (i + 1 < names.size() ? ", " : " or ") + names[i];
  return text;
}

CLI::Validator one_of(const std::vector<std::string>& names, const std::string& validator_name) {
  const auto check = [names](std::string& text) -> std::string {
    const bool valid = std::find(names.begin(), names.end(), text) != names.end();
    return valid ? "" : refuse(listed(names), text);
  };
  return {check, "", validator_name};
}

CLI::Validator size(std::uint64_t least, bool or_zero) {
  const std::string allowed =
      (or_zero ? "0, or a size of at least " : "a size of at least ") + std::to_string(least / mebibyte) + "M";
  const auto check = [=](std::string& text) -> std::string {
    const auto bytes = parse_size(text);
    const bool valid = bytes && (*bytes >= least || (or_zero && *bytes == 0));
    if (!valid) return refuse(allowed + " such as 512M or 2G", text);
    text = std::to_string(*bytes);
    return {};
  };
  return {check, "", "size"};
}

}  // namespace

CLI::Validator whole_number(std::int64_t least, std::int64_t most) {
  const std::string allowed = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  const auto check = [=](std::string& text) -> std::string {
    const auto number = parse<std::int64_t>(text);
    if (!number || *number < least || *number > most) return refuse(allowed, text);
    text = std::to_string(*number);  // CLI11 would take a leading zero for octal
    return {};
  };
  return {check, "", "whole_number"};
}

CLI::Validator seconds() {
  const auto check = [](std::string& text) -> std::string {
    const auto number = parse<double>(text);
    const bool valid = number && (*number == 0 || (*number >= seconds_least && *number <= seconds_most));
    return valid ? "" : refuse("0, or seconds from 0.001 to ten years", text);
  };
  return {check, "", "seconds"};
}

CLI::Validator size_or_zero(std::uint64_t least) { return size(least, true); }

CLI::Validator size(std::uint64_t least) { return size(least, false); }

CLI::Validator log_level() { return one_of({"debug", "info", "warning", "error"}, "log_level"); }

CLI::Validator compression_mode() { return one_of({"auto", "on", "off"}, "compression_mode"); }

CLI::Validator host() {
  const auto check = [](std::string& text) -> std::string {
    const std::string allowed = "a host name or an IP address";
    if (text.empty() || text.front() == '-') return refuse(allowed, text);
    const auto colons = std::count(text.begin(), text.end(), ':');
    const auto close = text.find(']');
    const bool bracketed = text.front() == '[' && close != std::string::npos;
    const bool with_port = bracketed ? close + 1 < text.size() : colons == 1;
    if (with_port) return refuse(allowed, text) + ": put the port in --port";
    return {};
  };
  return {check, "", "host"};
}

CLI::Validator not_empty() {
  const auto check = [](std::string& text) -> std::string {
    return text.empty() ? "the value is empty; leave the option out if there is none" : "";
  };
  return {check, "", "not empty"};
}

CLI::Option* add_switch(CLI::App& app, const std::string& name, bool& value, const std::string& description) {
  const auto check = [](std::string& text) -> std::string {
    return text == "true" || text == "false" ? "" : refuse("true or false", text);
  };
  return app.add_flag(name, value, description)->check(CLI::Validator{check, "", "switch"});
}

}  // namespace blitzen::app
