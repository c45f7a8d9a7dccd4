#include "apps/server/options.hpp"

#include <limits>

#include "apps/common/command_line.hpp"
#include "apps/common/values.hpp"

namespace blitzen::app {
namespace {

constexpr std::uint64_t memory_limit_min = 16ULL * 1024 * 1024;

constexpr auto description = "Brokers tasks between drivers and clients. Never runs or decodes user code or user data.";

constexpr auto examples =
    "  blitzen-server                                       # until it is told to stop\n"
    "  blitzen-server --duration 30                         # for half a minute\n"
    "  blitzen-server --listen 127.0.0.1 --insecure         # this machine only, no key\n"
    "  blitzen-server --journal /var/lib/blitzen/journal    # accepted tasks outlive it\n"
    "  blitzen-server --config blitzen-server.conf\n"
    "\n"
    "The first start makes the cluster key; other machines need a copy of that file.\n"
    "SIGINT and SIGTERM stop the server cleanly, a later one at once.\n"
    "Exit status: 0 when it stopped as it was told to; docs/GUIDE.md lists the others.";

}  // namespace

ServerProgram parse_server_options(int argc, const char* const* argv) {
  ServerProgram program;
  ServerOptions& server = program.server;
  CommandLine app("blitzen-server", description, examples);
  add_listen_options(app, server.address, server.port);
  add_key_options(app, server.key_file, server.insecure);
  add_compression_option(app, server.compression);
  add_seconds(app, "--duration", server.duration, "Stop after this long; 0: never")
      ->envname("BLITZEN_DURATION")
      ->default_str("0");
  app.add_option("--task-limit", server.task_limit, "Most tasks without an outcome, per driver")
      ->envname("BLITZEN_TASK_LIMIT")
      ->transform(whole_number(1, std::numeric_limits<std::int64_t>::max()))
      ->type_name("N")
      ->capture_default_str();
  app.add_option(
         "--memory-limit", server.memory_limit,
         "Memory for arguments and outcomes that wait, such as 512M or 8G; drivers wait when it is full; 0: half "
         "of what there is")
      ->envname("BLITZEN_MEMORY_LIMIT")
      ->transform(size_or_zero(memory_limit_min))
      ->type_name("SIZE")
      ->capture_default_str();
  add_seconds(app, "--timeout", server.timeout, "For tasks that ask for none; 0: they may run for ever")
      ->envname("BLITZEN_TIMEOUT")
      ->default_str("0");
  app.add_option("--revive-limit", server.revive_limit,
                 "Timeouts a client's slot may have before that client is disconnected; -1: any number")
      ->envname("BLITZEN_REVIVE_LIMIT")
      ->transform(whole_number(-1, std::numeric_limits<int>::max()))
      ->type_name("N")
      ->capture_default_str();
  add_seconds(app, "--driver-patience", server.driver_patience,
              "How long a driver's tasks go on after its connection was lost, before they are cancelled")
      ->envname("BLITZEN_DRIVER_PATIENCE")
      ->default_str("30");
  add_seconds(app, "--job-retention", server.job_retention,
              "How long a job is kept that no driver has, with its tasks going on")
      ->envname("BLITZEN_JOB_RETENTION")
      ->default_str("604800");
  app.add_option("--job-bytes", server.job_bytes,
                 "Most bytes of outcomes kept of one job; with more, no further task of it is started")
      ->envname("BLITZEN_JOB_BYTES")
      ->transform(size(1024 * 1024))
      ->type_name("SIZE")
      ->default_str("1G");
  app.add_option("--journal", server.journal,
                 "Keep accepted tasks and outcomes in this file, and go on with them when started again")
      ->envname("BLITZEN_JOURNAL")
      ->check(not_empty())
      ->type_name("FILE");
  app.add_flag("--journal-salvage", server.journal_salvage,
               "If the journal is damaged, keep it as FILE.damaged-N and go on with what is intact in it");
  add_logging_options(app, program.logging);
  app.take_config_file();
  app.read(argc, argv);
  program.logging.warnings = app.ignored_variables();
  return program;
}

}  // namespace blitzen::app
