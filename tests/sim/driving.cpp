#include "driving.hpp"

namespace blitzen::sim {

using namespace std::chrono_literals;

namespace {

std::uint64_t nanoseconds(core::Duration duration) { return static_cast<std::uint64_t>(duration.count()); }

}  // namespace

proto::Function function_numbered(std::uint32_t index) {
  proto::Function function;
  function.index = index;
  function.kind = proto::FunctionKind::name;
  function.name = "function " + std::to_string(index);
  return function;
}

core::Duration delay_max(const Plan& plan, Random& random) {
  return plan.slow_links && random.chance(50) ? random.between(100ms, 1500ms) : random.between(100us, 5ms);
}

TaskSpec make_task(const Plan& plan, Random& random, const TaskKey& key, bool calm) {
  TaskSpec spec;
  spec.function = static_cast<std::uint32_t>(random.below(plan.functions));
  spec.worker_deaths_max = static_cast<std::uint8_t>(random.chance(70) ? 3 : random.between(1, 2));
  const std::uint64_t kind = random.below(100);
  Arguments& arguments = spec.arguments;
  arguments.task = key;
  arguments.salt = random.next();
  arguments.nature = kind < 70                         ? Nature::value
                     : kind < 80                       ? Nature::error
                     : kind < 84 && plan.worker_deaths ? Nature::crash
                     : kind < 92 && plan.worker_deaths ? Nature::shaky
                     : kind < 95                       ? Nature::hang
                     : kind < 97 && !calm              ? Nature::endless
                                                       : Nature::value;
  arguments.runs_ns = nanoseconds(random.chance(50) ? random.between(10us, 5ms) : random.between(5ms, 3s));
  arguments.result_bytes = random.below(300);
  spec.arguments_bytes = random.below(300);
  if (plan.large_payloads && random.chance(20)) {
    arguments.result_bytes = random.between(50'000, 600'000);
    spec.arguments_bytes = random.between(50'000, 600'000);
  }
  if (arguments.nature == Nature::hang || random.chance(20)) spec.timeout_ns = nanoseconds(random.between(1ms, 4s));
  if (arguments.nature == Nature::endless) spec.timeout_ns = 0;
  return spec;
}

}  // namespace blitzen::sim
