// Five tasks of 5 to 9 seconds on the cluster. Whatever runs longer than 7 seconds is ended.
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "apps/common/values.hpp"
#include "example.hpp"

namespace {

double time_consuming_function(double delay) {
  std::this_thread::sleep_for(std::chrono::duration<double>(delay));
  return delay;
}

struct Options {
  example::Where where;
  double scale = 1;
};

Options parse(int argc, char** argv) {
  Options options;
  blitzen::app::CommandLine app("distributed_demo", "Tasks of 5 to 9 s with a timeout of 7 s, on the cluster.",
                                "  distributed_demo --server 192.168.1.2\n"
                                "  distributed_demo --local 6 --scale 0.1   # this machine, ten times as fast");
  example::add_where_options(app, options.where);
  app.add_option("--scale", options.scale, "Multiplies every delay and the timeout")
      ->check(CLI::Range(0.001, 100.0))
      ->capture_default_str();
  app.read(argc, argv);
  return options;
}

blitzen::ExitCode demo(const Options& options) {
  const auto timeout =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(7 * options.scale));
  const auto dispatcher = example::make_dispatcher(options.where);

  std::vector<blitzen::Task<double>> tasks;
  for (int i = 0; i < 5; ++i)
    tasks.push_back(dispatcher->run({.timeout = timeout}, time_consuming_function, (i + 5) * options.scale));

  int i = 0;
  for (const auto& outcome : dispatcher->get_results(tasks))
    std::cout << "task " << i++ << ": "
              << (outcome ? "worked for " + std::to_string(outcome.value()) + " s" : outcome.error().message()) << '\n';
  return blitzen::ExitCode::ok;
}

}  // namespace

int main(int argc, char** argv) {
  return blitzen::app::run_guarded([&] {
    blitzen::init(argc, argv);
    return demo(parse(argc, argv));
  });
}
