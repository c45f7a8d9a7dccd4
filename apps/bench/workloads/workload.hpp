// What a workload is, and what it is given.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "apps/bench/floors/floors.hpp"
#include "apps/bench/options.hpp"
#include "apps/bench/report.hpp"

namespace blitzen::bench {

struct Bench {
  const Settings& settings;
  Report& report;
  Floors& floors;
  const std::filesystem::path& scratch;
};

/// Made when its turn comes, which is also when its rows are added to the report.
class Workload {
 public:
  Workload() = default;
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;
  virtual ~Workload() = default;

  /// Measures everything once, each figure right after its floor. Throws WrongResult or Error.
  virtual void repeat() = 0;
  /// Whether once is enough, because it takes minutes and many tasks average out what the machine does meanwhile.
  [[nodiscard]] virtual bool once() const { return false; }
};

struct WorkloadEntry {
  std::string_view id;
  std::string_view title;
  std::unique_ptr<Workload> (*make)(const Bench&);
};

/// In the order in which they run. Several may have the same id.
[[nodiscard]] const std::vector<WorkloadEntry>& all_workloads();

}  // namespace blitzen::bench
