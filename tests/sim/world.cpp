#include "world.hpp"

#include <algorithm>
#include <utility>

namespace blitzen::sim {

using namespace std::chrono_literals;

namespace {

/// Once the faults stopped, everybody is quiet at the latest after this, or another task has ended: the longest
/// patience with drivers, the silence until a lost one is noticed, the longest timeout and its backstop. Under a low
/// task limit, drivers send their tasks a few at a time, so all together may take longer.
constexpr core::Duration quiet_after = 150s;

constexpr std::uint64_t drivers_max = 5;
constexpr std::uint64_t clients_max = 6;

}  // namespace

World::World(std::uint64_t seed, bool narrates)
    : plan_(seed),
      random_(seed),
      network_(agenda_, random_.split(), [this] { server_.check(); }),
      stage_{plan_, agenda_, network_, history_},
      server_(stage_, random_.split()) {
  history_.task_limit = plan_.task_limit;
  if (narrates) history_.narrate();
}

void World::run() {
  populate();
  schedule_work();
  schedule_faults();
  run_until(agenda_.now() + plan_.lasts);
  calm_down();
  wait_for_the_end();
  history_.count("late reports that were dropped", server_.late_reports());
  server_.check_journal();
}

void World::run_until(core::TimePoint end) {
  bool ended = false;
  agenda_.at(end, [&ended] { ended = true; });
  while (!ended) agenda_.step();
}

// What there is

void World::populate() {
  server_.start();
  for (std::uint64_t i = 0; i < plan_.drivers; ++i) add_driver();
  for (std::uint64_t i = 0; i < plan_.clients; ++i) add_client(false);
  for (std::uint64_t i = 0; i < plan_.jobs; ++i) {
    jobs_.push_back(std::make_shared<ModelJob>(stage_, i, random_.split()));
    jobs_.back()->connect();
  }
}

void World::add_driver() {
  drivers_.push_back(std::make_shared<ModelDriver>(stage_, drivers_.size(), random_.split()));
  drivers_.back()->connect();
}

void World::add_client(bool is_able) {
  clients_.push_back(std::make_shared<ModelClient>(stage_, clients_.size(), random_.split(), is_able));
  clients_.back()->connect();
}

void World::schedule_work() {
  for (std::uint64_t tasks = 0; tasks < plan_.tasks;) {
    const std::uint64_t count = random_.chance(70) ? random_.between(1, 6) : random_.between(5, 40);
    tasks += count;
    agenda_.after(random_.between(0ms, plan_.lasts), [this, count] {
      if (!jobs_.empty() && random_.chance(50)) return any_job().submit(count);
      any_driver().submit(count);
    });
  }
}

void World::schedule_faults() {
  const std::vector<Fault> all = faults();
  const std::uint64_t count = random_.between(2, 60);
  for (std::uint64_t i = 0; i < count; ++i) {
    const Fault fault = all[random_.below(all.size())];
    agenda_.after(random_.between(0ms, plan_.lasts), [this, fault] { (this->*fault)(); });
  }
}

// What goes wrong

std::vector<World::Fault> World::faults() const {
  std::vector<Fault> all{&World::cancel};
  const auto add = [&all](bool enabled, std::initializer_list<Fault> some) {
    if (enabled) all.insert(all.end(), some);
  };
  add(plan_.partitions, {&World::cut_cable, &World::cut_cable});
  add(plan_.lost_connections, {&World::lose_driver, &World::lose_client, &World::send_driver_away});
  add(plan_.restarts, {&World::kill_server});
  add(plan_.restarts && plan_.journal, {&World::kill_server, &World::pause_server});
  add(plan_.disk_faults, {&World::spoil_disk, &World::slow_disk_down});
  add(plan_.lies, {&World::lie, &World::lie, &World::lie});
  add(plan_.clogs, {&World::clog, &World::clog});
  add(plan_.jobs > 0, {&World::lose_driver_of_job, &World::change_driver_of_job, &World::change_driver_of_job,
                       &World::take_over_job, &World::forget_some_of_job});
  add(plan_.leaving, {&World::let_driver_leave, &World::let_client_leave});
  return all;
}

void World::cancel() { any_driver().cancel_some(); }

void World::cut_cable() {
  Cable& cable = any_cable();
  history_.count("partitions");
  network_.cut(cable);
  agenda_.after(random_.chance(60) ? random_.between(10ms, 3s) : random_.between(3s, 25s),
                [this, &cable] { network_.mend(cable); });
}

Cable& World::any_cable() {
  if (!jobs_.empty() && random_.chance(30)) return any_job().cable();
  return random_.chance(50) ? any_driver().cable() : any_client().cable();
}

void World::lose_driver() { any_driver().lose_connection(random_.chance(50)); }

void World::lose_client() { any_client().lose_connection(random_.chance(50)); }

void World::send_driver_away() {
  any_driver().go_away(random_.between(100ms, plan_.driver_patience + plan_.driver_patience / 2));
}

void World::kill_server() { server_.kill(plan_.journal && random_.chance(50)); }

void World::pause_server() { server_.pause(); }

void World::spoil_disk() { server_.spoil_disk(); }

void World::slow_disk_down() { server_.slow_disk_down(random_.between(10ms, 12s)); }

void World::lie() {
  ModelClient& client = any_client();
  for (std::uint64_t count = random_.between(1, 5); count > 0; --count) client.lie();
}

void World::clog() {
  const auto end = network_.any_server_end(random_);
  if (!end) return;
  end->clog(true);
  agenda_.after(random_.between(1ms, 4s), [end] { end->clog(false); });
}

void World::let_driver_leave() {
  if (drivers_.size() >= drivers_max) return;
  history_.count("drivers that left");
  any_driver().leave();
  add_driver();
}

void World::let_client_leave() {
  if (clients_.size() >= clients_max) return;
  any_client().drain();
  add_client(false);
}

void World::lose_driver_of_job() { any_job().lose_connection(random_.chance(50)); }

void World::change_driver_of_job() {
  const core::Duration pause_max = random_.chance(50) ? core::Duration{1s} : 12s;
  any_job().change_driver(random_.between(1ms, pause_max));
}

void World::take_over_job() { any_job().take_over(); }

void World::forget_some_of_job() { any_job().forget_some(); }

// How it ends

/// Nothing more goes wrong, and there is a client that can do everything.
void World::calm_down() {
  server_.mend_disk();
  for (const auto& driver : drivers_) {
    network_.mend(driver->cable());
    driver->calm_down();
  }
  for (const auto& job : jobs_) {
    network_.mend(job->cable());
    job->calm_down();
  }
  for (const auto& client : clients_) {
    network_.mend(client->cable());
    client->calm_down();
  }
  add_client(true);
}

void World::wait_for_the_end() {
  core::TimePoint end = agenda_.now() + quiet_after;
  for (std::uint64_t settled = history_.settled(); !complaint().empty();) {
    require(agenda_.now() < end, complaint());
    run_until(agenda_.now() + 500ms);
    if (std::exchange(settled, history_.settled()) != settled) end = agenda_.now() + quiet_after;
  }
  // Drivers that left without a word are forgotten by then.
  run_until(agenda_.now() + plan_.driver_patience + 15s);
  require(complaint().empty(), complaint());
}

std::string World::complaint() const {
  for (const auto& driver : drivers_) {
    if (!driver->is_satisfied()) return driver->complaint();
  }
  for (const auto& job : jobs_) {
    if (!job->is_satisfied()) return job->complaint();
  }
  if (!server_.is_idle()) return "the server is not done, although all drivers are";
  for (const auto& client : clients_) {
    if (!client->has_left() && !client->is_idle()) return client->complaint();
  }
  return {};
}

}  // namespace blitzen::sim
