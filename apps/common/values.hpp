// What an option's value may look like. Each check says what it allows.
#pragma once

#include <CLI/App.hpp>
#include <chrono>
#include <cstdint>
#include <string>

namespace blitzen::app {

/// A decimal whole number from `least` to `most`.
[[nodiscard]] CLI::Validator whole_number(std::int64_t least, std::int64_t most);

/// Seconds with or without a fraction: 0, or from a millisecond to ten years (much longer ones could overflow a clock).
[[nodiscard]] CLI::Validator seconds();

/// Bytes: 0, or a whole number from `least` on with K, M, G or T behind it, such as 512M. Makes plain bytes of it.
[[nodiscard]] CLI::Validator size_or_zero(std::uint64_t least);
/// The same without 0.
[[nodiscard]] CLI::Validator size(std::uint64_t least);

/// One of the names that logging::set_loglevel knows.
[[nodiscard]] CLI::Validator log_level();

/// auto, on or off.
[[nodiscard]] CLI::Validator compression_mode();

/// A host name or IP address without a port.
[[nodiscard]] CLI::Validator host();

/// Something: who wants nothing leaves the option out. For what a script may have meant to fill in.
[[nodiscard]] CLI::Validator not_empty();

/// Adds an option that is off unless given; a config file says true or false.
CLI::Option* add_switch(CLI::App& app, const std::string& name, bool& value, const std::string& description);

/// Adds an option whose value is in seconds, stored in any unit of std::chrono.
template <class Duration>
CLI::Option* add_seconds(CLI::App& app, const std::string& name, Duration& value, const std::string& description) {
  const auto store = [&value](double count) {
    value = std::chrono::round<Duration>(std::chrono::duration<double>{count});
  };
  return app.add_option_function<double>(name, store, description)->check(seconds())->type_name("SECONDS");
}

}  // namespace blitzen::app
