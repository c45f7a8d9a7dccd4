// The options of blitzen-client.
#pragma once

#include "apps/common/cluster_options.hpp"
#include "blitzen/client.hpp"

namespace blitzen::app {

struct ClientProgram {
  ClientOptions client;
  LoggingOptions logging;
};

/// Throws UsageError or Answer.
[[nodiscard]] ClientProgram parse_client_options(int argc, const char* const* argv);

}  // namespace blitzen::app
