// The places a workload runs in: this machine alone, or a cluster of its own.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "apps/bench/cluster.hpp"
#include "blitzen/dispatcher.hpp"

namespace blitzen::bench {

enum class Where { local, cluster_tls, cluster_insecure };

/// "local", "cluster, TLS", "cluster, insecure"
[[nodiscard]] std::string to_string(Where where);

/// Keeps a cluster from repetition to repetition, as a user does; makes a new dispatcher for each, as a program does.
class Place {
 public:
  Place(Where where, int workers);

  /// With its workers ready and its connection up: it has run some tasks.
  [[nodiscard]] std::unique_ptr<Dispatcher> make_dispatcher();
  [[nodiscard]] bool is_local() const { return !cluster_; }

 private:
  int workers_;
  std::optional<Cluster> cluster_;
};

}  // namespace blitzen::bench
