// How each workload is made.
#pragma once

#include <memory>

#include "apps/bench/workloads/workload.hpp"

namespace blitzen::bench {

std::unique_ptr<Workload> make_local_throughput(const Bench& bench);
std::unique_ptr<Workload> make_tls_throughput(const Bench& bench);
std::unique_ptr<Workload> make_insecure_throughput(const Bench& bench);
std::unique_ptr<Workload> make_local_latency(const Bench& bench);
std::unique_ptr<Workload> make_cluster_latency(const Bench& bench);
std::unique_ptr<Workload> make_local_payload(const Bench& bench);
std::unique_ptr<Workload> make_insecure_payload(const Bench& bench);
std::unique_ptr<Workload> make_tls_payload(const Bench& bench);
std::unique_ptr<Workload> make_queue_memory(const Bench& bench);
std::unique_ptr<Workload> make_local_crash(const Bench& bench);
std::unique_ptr<Workload> make_cluster_crash(const Bench& bench);
std::unique_ptr<Workload> make_local_mixed(const Bench& bench);
std::unique_ptr<Workload> make_cluster_mixed(const Bench& bench);
std::unique_ptr<Workload> make_scale(const Bench& bench);
std::unique_ptr<Workload> make_local_start(const Bench& bench);
std::unique_ptr<Workload> make_client_start(const Bench& bench);
std::unique_ptr<Workload> make_idle(const Bench& bench);
std::unique_ptr<Workload> make_fan_in(const Bench& bench);
std::unique_ptr<Workload> make_local_grains(const Bench& bench);
std::unique_ptr<Workload> make_cluster_grains(const Bench& bench);
std::unique_ptr<Workload> make_local_growth(const Bench& bench);
std::unique_ptr<Workload> make_cluster_growth(const Bench& bench);
std::unique_ptr<Workload> make_client_growth(const Bench& bench);

}  // namespace blitzen::bench
