#include "tests/e2e/roles.hpp"

#include <blitzen/blitzen.hpp>
#include <iostream>
#include <stdexcept>

#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {
namespace {

DistributedOptions server_at(const std::string& port, const std::string& key_file) {
  return {.port = static_cast<std::uint16_t>(std::stoi(port)), .key_file = key_file};
}

/// Prints "sum: N", the sum of the squares below `count`.
void print_sum(DistributedDispatcher& cluster, int count) {
  std::vector<Task<long>> tasks;
  for (int i = 0; i < count; ++i) tasks.push_back(cluster.run(square, i));
  long sum = 0;
  for (const auto& outcome : cluster.get_results(tasks)) sum += outcome.value();
  std::cout << "sum: " << sum << std::endl;
}

/// PORT KEY-FILE
void sum_squares(const std::vector<std::string>& arguments) {
  DistributedDispatcher cluster{server_at(arguments.at(0), arguments.at(1))};
  print_sum(cluster, 100);
}

/// PORT KEY-FILE REPORTS GATE: waits for tasks that wait at the gate.
void wait_for_held_tasks(const std::vector<std::string>& arguments) {
  DistributedDispatcher cluster{server_at(arguments.at(0), arguments.at(1))};
  std::vector<Task<long>> tasks;
  constexpr int more_than_all_slots = 20;
  for (int i = 0; i < more_than_all_slots; ++i) tasks.push_back(cluster.run(hold, arguments.at(2), arguments.at(3)));
  static_cast<void>(cluster.get_results(tasks));
}

DistributedOptions job_at(const std::vector<std::string>& arguments) {
  DistributedOptions options = server_at(arguments.at(0), arguments.at(1));
  options.job = arguments.at(2);
  return options;
}

/// PORT KEY-FILE JOB COUNT: prints "submitting" when the first task is done and "submitted" when the server has all,
/// and waits for the outcomes.
void square_in_job(const std::vector<std::string>& arguments) {
  DistributedDispatcher cluster{job_at(arguments)};
  std::vector<Task<long>> tasks{cluster.run(square, 0)};
  static_cast<void>(cluster.get_result(tasks.front()));
  std::cout << "submitting" << std::endl;
  const int count = std::stoi(arguments.at(3));
  for (int i = 1; i < count; ++i) tasks.push_back(cluster.run(square, i));
  static_cast<void>(cluster.get_result(tasks.back()));
  std::cout << "submitted" << std::endl;
  static_cast<void>(cluster.get_results(tasks));
  wait_for_ever();
}

/// PORT KEY-FILE JOB COUNT: leaves the job when it has submitted its tasks.
void leave_large_results(const std::vector<std::string>& arguments) {
  DistributedDispatcher cluster{job_at(arguments)};
  const std::string large(200'000, 'x');
  for (int i = 0; i < std::stoi(arguments.at(3)); ++i) static_cast<void>(cluster.run(with_number, large, i));
}

/// PORT KEY-FILE JOB REPORTS GATE: waits for a task that waits at the gate.
void hold_in_job(const std::vector<std::string>& arguments) {
  DistributedDispatcher cluster{job_at(arguments)};
  static_cast<void>(cluster.get_result(cluster.run(hold, arguments.at(3), arguments.at(4))));
}

void embed_cluster(const std::vector<std::string>&) {
  DistributedDispatcher cluster{{.port = 0}};
  cluster.spawn_server();
  cluster.spawn_client(2);
  print_sum(cluster, 1000);
}

}  // namespace

std::optional<Role> role_asked_for(int argc, char** argv) {
  if (argc < 3 || std::string(argv[1]) != "--role") return std::nullopt;
  return Role{argv[2], {argv + 3, argv + argc}};
}

int play(const Role& role) {
  try {
    if (role.name == "sum-squares")
      sum_squares(role.arguments);
    else if (role.name == "wait-for-held-tasks")
      wait_for_held_tasks(role.arguments);
    else if (role.name == "square-in-job")
      square_in_job(role.arguments);
    else if (role.name == "leave-large-results")
      leave_large_results(role.arguments);
    else if (role.name == "hold-in-job")
      hold_in_job(role.arguments);
    else if (role.name == "embed-cluster")
      embed_cluster(role.arguments);
    else
      throw std::invalid_argument("there is no role " + role.name);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}

}  // namespace blitzen::e2e
