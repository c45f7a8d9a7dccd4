// What the examples have in common: where their tasks run is chosen on the command line.
#pragma once

#include <blitzen/blitzen.hpp>
#include <memory>
#include <optional>

#include "apps/common/command_line.hpp"
#include "apps/common/run_guarded.hpp"

namespace example {

struct Where {
  blitzen::DistributedOptions cluster;
  std::optional<int> local_workers;  ///< Set: on this machine alone, without a server.
};

/// --server, --port, --key-file, --insecure, --compression, and --local N.
void add_where_options(CLI::App& app, Where& where);

/// A MulticoreDispatcher for --local, else a DistributedDispatcher.
[[nodiscard]] std::unique_ptr<blitzen::Dispatcher> make_dispatcher(const Where& where);

}  // namespace example
