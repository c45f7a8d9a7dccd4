// Ten tasks of 3 to 5 seconds on four workers of this machine. One of them throws; the others do not care.
#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "apps/common/values.hpp"
#include "example.hpp"

namespace {

int work_for(double seconds, int result) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  return result;
}

int fail_after(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  throw std::runtime_error("this task fails on purpose");
}

double parse_scale(int argc, char** argv) {
  double scale = 1;
  blitzen::app::CommandLine app("multicore_demo", "Tasks of 3 to 5 s on 4 workers of this machine; one of them throws.",
                                "  multicore_demo\n  multicore_demo --scale 0.1      # ten times as fast");
  app.add_option("--scale", scale, "Multiplies every delay")->check(CLI::Range(0.0, 100.0))->capture_default_str();
  app.read(argc, argv);
  return scale;
}

blitzen::ExitCode demo(int argc, char** argv) {
  const double scale = parse_scale(argc, argv);
  blitzen::MulticoreDispatcher cores{{.workers = 4}};

  std::vector<blitzen::Task<int>> tasks;
  for (int i = 0; i < 10; ++i) {
    if (i == 4)
      tasks.push_back(cores.run(fail_after, 4 * scale));
    else
      tasks.push_back(cores.run(work_for, (3 + i % 3) * scale, i * i));
  }

  const auto outcomes = cores.get_results(tasks);
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    std::cout << "task " << i << ": "
              << (outcomes[i] ? std::to_string(outcomes[i].value()) : outcomes[i].error().message()) << '\n';
  return blitzen::ExitCode::ok;
}

}  // namespace

int main(int argc, char** argv) {
  return blitzen::app::run_guarded([&] {
    blitzen::init(argc, argv);
    return demo(argc, argv);
  });
}
