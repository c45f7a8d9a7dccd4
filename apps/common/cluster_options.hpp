// Options that several programs share, under the same names and environment variables.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "blitzen/compression.hpp"

namespace blitzen::app {

/// --server HOST (BLITZEN_SERVER) and --port N (BLITZEN_PORT): where the server is.
/// Returns --server, for ->required() or ->capture_default_str().
CLI::Option* add_server_options(CLI::App& app, std::string& server, std::uint16_t& port);

/// --listen ADDR (BLITZEN_LISTEN) and --port N (BLITZEN_PORT), 0 included: where to listen.
void add_listen_options(CLI::App& app, std::string& address, std::uint16_t& port);

/// --key-file FILE (BLITZEN_KEY_FILE) and --insecure.
void add_key_options(CLI::App& app, std::filesystem::path& key_file, bool& insecure);

/// --compression MODE (BLITZEN_COMPRESSION).
void add_compression_option(CLI::App& app, Compression& compression);

struct LoggingOptions {
  std::filesystem::path file;  ///< Empty: stderr only.
  std::string level = "info";
  std::vector<std::string> warnings;  ///< About the options themselves: the first lines of the log.
};

/// --log-file FILE (BLITZEN_LOG_FILE) and --log-level LEVEL (BLITZEN_LOG_LEVEL).
void add_logging_options(CLI::App& app, LoggingOptions& logging);

/// Applies them. Throws Error{system} when the file cannot be opened.
void init_logging(const LoggingOptions& logging);

}  // namespace blitzen::app
