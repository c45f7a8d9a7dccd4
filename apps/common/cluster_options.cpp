#include "apps/common/cluster_options.hpp"

#include <limits>

#include "apps/common/run_guarded.hpp"
#include "apps/common/values.hpp"
#include "blitzen/logging.hpp"

namespace blitzen::app {
namespace {

void add_port_option(CLI::App& app, std::uint16_t& port, std::uint16_t least, const std::string& description) {
  app.add_option("--port", port, description)
      ->envname("BLITZEN_PORT")
      ->transform(whole_number(least, std::numeric_limits<std::uint16_t>::max()))
      ->type_name("N")
      ->capture_default_str();
}

}  // namespace

CLI::Option* add_server_options(CLI::App& app, std::string& server, std::uint16_t& port) {
  CLI::Option* option = app.add_option("--server", server, "Host name or address of the server")
                            ->envname("BLITZEN_SERVER")
                            ->check(host())
                            ->type_name("HOST");
  add_port_option(app, port, 1, "Port of the server");
  return option;
}

void add_listen_options(CLI::App& app, std::string& address, std::uint16_t& port) {
  app.add_option("--listen", address, "Address of this machine to listen on")
      ->envname("BLITZEN_LISTEN")
      ->check(host())
      ->type_name("ADDR")
      ->capture_default_str();
  add_port_option(app, port, 0, "Port to listen on; 0: any free one");
}

void add_key_options(CLI::App& app, std::filesystem::path& key_file, bool& insecure) {
  app.add_option("--key-file", key_file, "The cluster key [~/.config/blitzen/cluster.key]")
      ->envname("BLITZEN_KEY_FILE")
      ->check(not_empty())
      ->type_name("FILE");
  add_switch(app, "--insecure", insecure, "No key and no encryption; on loopback only");
}

void add_compression_option(CLI::App& app, Compression& compression) {
  const auto store = [&compression](const std::string& name) {
    compression = name == "on" ? Compression::on : name == "off" ? Compression::off : Compression::automatic;
  };
  app.add_option_function<std::string>("--compression", store,
                                       "Compress what travels: auto (not within one machine), on or off")
      ->envname("BLITZEN_COMPRESSION")
      ->check(compression_mode())
      ->type_name("MODE")
      ->default_str("auto");
}

void add_logging_options(CLI::App& app, LoggingOptions& logging) {
  app.add_option("--log-file", logging.file, "Write the log to this file as well as to stderr")
      ->envname("BLITZEN_LOG_FILE")
      ->check(not_empty())
      ->type_name("FILE");
  app.add_option("--log-level", logging.level, "Least level to log: debug, info, warning or error")
      ->envname("BLITZEN_LOG_LEVEL")
      ->check(log_level())
      ->type_name("LEVEL")
      ->capture_default_str();
}

void init_logging(const LoggingOptions& logging) {
  logging::set_loglevel(logging.level);
  if (!logging.file.empty()) {
    logging::set_logfile(logging.file);
    log_the_end();
  }
  for (const auto& sentence : logging.warnings) logging::get_logger().warning(sentence);
}

}  // namespace blitzen::app
