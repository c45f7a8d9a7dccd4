#include "apps/client/options.hpp"

#include "apps/common/command_line.hpp"
#include "apps/common/values.hpp"

namespace blitzen::app {
namespace {

/// Far above any machine's cores, low enough that a slip of the finger does not start processes without end.
constexpr int workers_max = 4096;
/// As the client has it.
constexpr std::uint64_t worker_memory_min = 16ULL * 1024 * 1024;

constexpr auto description = "Lends worker processes of this machine to one server.";

constexpr auto examples =
    "  blitzen-client --server 192.168.1.2                  # one worker per core\n"
    "  blitzen-client --server 127.0.0.1 --workers 6\n"
    "  blitzen-client --server 192.168.1.2 --tasks ./libcommon.so --no-shipped-code\n"
    "  blitzen-client --config blitzen-client.conf\n"
    "\n"
    "SIGINT and SIGTERM let running tasks finish and hand the others back; a later one stops at once.\n"
    "Exit status: 0 when it stopped as it was told to; docs/GUIDE.md lists the others.";

}  // namespace

ClientProgram parse_client_options(int argc, const char* const* argv) {
  ClientProgram program;
  ClientOptions& client = program.client;
  bool no_shipped_code = false;
  CommandLine app("blitzen-client", description, examples);
  add_server_options(app, client.server, client.port)->required();
  add_key_options(app, client.key_file, client.insecure);
  add_compression_option(app, client.compression);
  app.add_option("--workers", client.workers, "Tasks to execute at once; 0: one per core")
      ->envname("BLITZEN_WORKERS")
      ->transform(whole_number(0, workers_max))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--worker-memory", client.worker_memory,
                 "Memory that a worker and its children may use, such as 512M or 2G; 0: any")
      ->envname("BLITZEN_WORKER_MEMORY")
      ->transform(size_or_zero(worker_memory_min))
      ->type_name("SIZE")
      ->capture_default_str();
  app.add_option("--tasks", client.tasks, "Task library to load; may be given more than once")
      ->allow_extra_args(false)
      ->type_name("LIB");
  add_switch(app, "--no-shipped-code", no_shipped_code, "Refuse programs that drivers send; run task libraries only");
  add_logging_options(app, program.logging);
  app.take_config_file();
  app.read(argc, argv);
  program.logging.warnings = app.ignored_variables();
  client.shipped_code = !no_shipped_code;
  return program;
}

}  // namespace blitzen::app
