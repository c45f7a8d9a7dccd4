// A job that needs no program to wait for it: one run begins it and ends, another one fetches what came out.
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "apps/common/cluster_options.hpp"
#include "apps/common/values.hpp"
#include "example.hpp"

namespace {

struct Options {
  blitzen::DistributedOptions cluster;
  std::string what;
  std::string job;
  int tasks = 10;
  double seconds = 1;
};

/// The task: runs on a worker, somewhere, whether or not the program that asked for it is still there.
int sum_of_digits(int number, double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  int sum = 0;
  for (; number > 0; number /= 10) sum += number % 10;
  return sum;
}

Options parse(int argc, char** argv) {
  Options options;
  blitzen::app::CommandLine app("long_job", "Begins a job and leaves it, or attaches to it and fetches its outcomes.",
                                "  long_job begin sweep-42 --server 192.168.1.2\n"
                                "  long_job attach sweep-42 --server 192.168.1.2   # later, or elsewhere");
  app.add_option("what", options.what, "begin or attach")->required()->check(CLI::IsMember({"begin", "attach"}));
  app.add_option("job", options.job, "The job's name")->required()->check(blitzen::app::not_empty());
  app.add_option("--tasks", options.tasks, "How many to begin with")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "How long each takes")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  blitzen::app::add_server_options(app, options.cluster.server, options.cluster.port)->capture_default_str();
  blitzen::app::add_key_options(app, options.cluster.key_file, options.cluster.insecure);
  blitzen::app::add_compression_option(app, options.cluster.compression);
  app.read(argc, argv);
  return options;
}

blitzen::ExitCode begin(Options options) {
  options.cluster.job = options.job;
  {
    blitzen::DistributedDispatcher cluster(options.cluster);
    cluster.connect();
    for (int i = 0; i < options.tasks; ++i) static_cast<void>(cluster.run(sum_of_digits, i, options.seconds));
  }  // returns when the server has them all
  std::cout << "began '" << options.job << "' with " << options.tasks << " tasks; attach to it for the outcomes\n";
  return blitzen::ExitCode::ok;
}

blitzen::ExitCode attach(const Options& options) {
  auto cluster = blitzen::DistributedDispatcher::attach(options.job, options.cluster);
  std::cout << "found " << cluster.tasks<int>().size() << " tasks\n";
  for (const auto& any : cluster.join()) {  // then the job is over
    const auto outcome = any.as<int>();
    std::cout << "task " << any.number() << ": "
              << (outcome ? std::to_string(outcome.value()) : outcome.error().message()) << '\n';
  }
  return blitzen::ExitCode::ok;
}

}  // namespace

int main(int argc, char** argv) {
  return blitzen::app::run_guarded([&] {
    blitzen::init(argc, argv);
    const Options options = parse(argc, argv);
    return options.what == "begin" ? begin(options) : attach(options);
  });
}
