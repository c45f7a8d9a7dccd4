// Clients and drivers come and go, workers die, for half an hour: the server's memory and descriptors stay as they are.
#include <csignal>

#include "pool/process_tree.hpp"
#include "tests/e2e/processes.hpp"
#include "tests/soak/farm.hpp"
#include "tests/soak/pause.hpp"
#include "tests/soak/server_facts.hpp"

namespace blitzen::soak {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t client_places = 3;
constexpr std::size_t driver_places = 3;
constexpr auto full_time = 30min;
constexpr auto between_events = 500ms;
/// Until the server must have nothing left of those who went. For killed drivers it waits half a minute, and keeps the
/// image open that their tasks need.
constexpr auto time_to_forget = 40s;

class Churn {
 public:
  Churn(Farm& farm, Trial& trial) : farm_(farm), trial_(trial) {
    for (std::size_t place = 0; place < client_places; ++place) clients_.push_back(&start_client(place));
    for (std::size_t place = 0; place < driver_places; ++place) drivers_.push_back(start_driver());
  }

  /// Something happens to somebody.
  void happen() {
    for (Farm::Driver& driver : drivers_) {
      if (driver.process->running()) continue;
      leave(driver);
      driver = start_driver();
    }
    const std::size_t place = trial_.any_of(client_places);
    switch (trial_.any_of(10)) {
      case 0:
        clients_[place]->kill();
        return replace_client(place);
      case 1:
        clients_[place]->signal(SIGTERM);
        clients_[place]->wait_exit();
        return replace_client(place);
      case 2:
        return replace_driver(trial_.any_of(driver_places));
      default:
        return kill_a_worker(*clients_[place]);
    }
  }

  void end() {
    for (const Farm::Driver& driver : drivers_) leave(driver);
    for (Daemon* client : clients_) {
      client->signal(SIGTERM);
      client->wait_exit();
    }
  }

  [[nodiscard]] std::uint64_t gone() const { return gone_; }

 private:
  Daemon& start_client(std::size_t place) {
    Daemon& client = farm_.cluster().launch_client({"--workers", "2"}, "place" + std::to_string(place));
    client.wait_for_line("connected to ");
    return client;
  }

  void replace_client(std::size_t place) {
    farm_.cluster().forget(*clients_[place]);
    clients_[place] = &start_client(place);
    ++gone_;
  }

  Farm::Driver start_driver() {
    return farm_.start_driver({.tasks = 100 + trial_.any_of(1'000),
                               .unsettled_max = 200,
                               .task_time = std::chrono::milliseconds(1 + trial_.any_of(20)),
                               .large_every = 100});
  }

  void replace_driver(std::size_t place) {
    if (drivers_[place].process->running()) farm_.kill(drivers_[place]);
    farm_.cluster().forget(*drivers_[place].process);
    drivers_[place] = start_driver();
    ++gone_;
  }

  void leave(const Farm::Driver& driver) {
    farm_.finish(driver);
    farm_.cluster().forget(*driver.process);
    ++gone_;
  }

  static void kill_a_worker(const Daemon& client) {
    for (const pid_t process : e2e::tree_of(client.process())) {
      const auto watched = pool::watch_process(process);
      if (!watched || e2e::name_of(process) != "blitzen-worker") continue;
      return pool::signal_watched(watched, SIGKILL);
    }
  }

  Farm& farm_;
  Trial& trial_;
  std::vector<Daemon*> clients_;
  std::vector<Farm::Driver> drivers_;
  std::uint64_t gone_ = 0;
};

}  // namespace

void churn(Trial& trial) {
  Farm farm(trial);
  const pid_t server = farm.server().process();
  const std::size_t descriptors_before = count_descriptors(server);
  Churn churning(farm, trial);
  HistoryFile samples(trial.directory, "samples");
  std::vector<double> memory;
  std::vector<double> descriptors;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(full_time * trial.scale);
  std::uint64_t events = 0;
  for (; Clock::now() < end; ++events) {
    pause_for(between_events);
    memory.push_back(mebibytes_of(server));
    descriptors.push_back(static_cast<double>(count_descriptors(server)));
    samples.note(std::to_string(memory.back()) + " MiB " + number_text(descriptors.back()) + " descriptors");
    churning.happen();
  }
  churning.end();
  Figures& figures = trial.figures;
  figures.tell("events", static_cast<double>(events));
  figures.tell("clients and drivers that went", static_cast<double>(churning.gone()));
  const auto quarter = static_cast<std::ptrdiff_t>(memory.size() / 4);
  const double memory_first = median({memory.begin(), memory.begin() + quarter});
  const double descriptors_first = median({descriptors.begin(), descriptors.begin() + quarter});
  figures.tell("server's memory, median of the first quarter", memory_first, "MiB");
  figures.at_most("server's memory, median of the last quarter", median({memory.end() - quarter, memory.end()}),
                  memory_first * 1.1 + 1, "MiB");
  figures.tell("server's descriptors, median of the first quarter", descriptors_first);
  figures.at_most("server's descriptors, median of the last quarter",
                  median({descriptors.end() - quarter, descriptors.end()}), descriptors_first + 1);
  for (const auto deadline = Clock::now() + time_to_forget;
       count_descriptors(server) > descriptors_before && Clock::now() < deadline;)
    pause_for(10ms);
  figures.at_most("server's descriptors when all have gone", static_cast<double>(count_descriptors(server)),
                  static_cast<double>(descriptors_before));
  static_cast<void>(farm.check());
}

}  // namespace blitzen::soak
