// The options of blitzen-server.
#pragma once

#include "apps/common/cluster_options.hpp"
#include "blitzen/server.hpp"

namespace blitzen::app {

struct ServerProgram {
  ServerOptions server;
  LoggingOptions logging;
};

/// Throws UsageError or Answer.
[[nodiscard]] ServerProgram parse_server_options(int argc, const char* const* argv);

}  // namespace blitzen::app
