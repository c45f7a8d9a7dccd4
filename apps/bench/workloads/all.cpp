#include "apps/bench/workloads/all.hpp"

namespace blitzen::bench {

const std::vector<WorkloadEntry>& all_workloads() {
  static const std::vector<WorkloadEntry> entries{
      {"W1", "throughput of no-op tasks, local", &make_local_throughput},
      {"W1", "throughput of no-op tasks, cluster, TLS", &make_tls_throughput},
      {"W1", "throughput of no-op tasks, cluster, insecure", &make_insecure_throughput},
      {"W2", "latency of one task, local", &make_local_latency},
      {"W2", "latency of one task, cluster, TLS", &make_cluster_latency},
      {"W3", "payloads of 1 MiB, local", &make_local_payload},
      {"W3", "payloads of 1 MiB, cluster, insecure", &make_insecure_payload},
      {"W3", "payloads of 1 MiB, cluster, TLS", &make_tls_payload},
      {"W4", "memory of a long queue in the server", &make_queue_memory},
      {"W5", "workers killed by their tasks, local", &make_local_crash},
      {"W5", "workers killed by their tasks, cluster, TLS", &make_cluster_crash},
      {"W6", "tasks of mixed length, local", &make_local_mixed},
      {"W6", "tasks of mixed length, cluster, TLS", &make_cluster_mixed},
      {"W7", "scale of the scheduler alone", &make_scale},
      {"W8", "start of six workers, local", &make_local_start},
      {"W8", "start of six workers, client", &make_client_start},
      {"W9", "a cluster with nothing to do", &make_idle},
      {"W10", "many drivers at once", &make_fan_in},
      {"W11", "tasks that compute, local", &make_local_grains},
      {"W11", "tasks that compute, cluster, TLS", &make_cluster_grains},
      {"W12", "growth with tasks and payloads, local", &make_local_growth},
      {"W12", "growth with tasks and payloads, cluster, TLS", &make_cluster_growth},
      {"W12", "growth with clients, scheduler alone", &make_client_growth},
  };
  return entries;
}

}  // namespace blitzen::bench
