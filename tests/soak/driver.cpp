#include "tests/soak/driver.hpp"

#include <atomic>
#include <blitzen/blitzen.hpp>
#include <csignal>
#include <iostream>
#include <stdexcept>

#include "tests/soak/history.hpp"
#include "tests/soak/tasks.hpp"

namespace blitzen::soak {
namespace {

std::atomic<bool> asked_to_finish = false;

/// What does not fit into one frame.
constexpr std::size_t large_bytes = 256 * 1024;

struct Arguments {
  DriverPlan plan;
  std::filesystem::path history;
  std::uint16_t port;
  std::filesystem::path key_file;
};

Arguments parse(const std::vector<std::string>& words) {
  Arguments arguments;
  DriverPlan& plan = arguments.plan;
  std::size_t next = 0;
  const auto word = [&] { return words.at(next++); };
  const auto number = [&] { return std::stoull(word()); };
  arguments.port = static_cast<std::uint16_t>(number());
  arguments.key_file = word();
  arguments.history = word();
  plan.name = word();
  plan.server = word();
  plan.first = number();
  plan.tasks = number();
  plan.unsettled_max = number();
  plan.task_time = std::chrono::microseconds(number());
  plan.large_every = number();
  plan.timeout = std::chrono::seconds(number());
  plan.patience = std::chrono::seconds(number());
  return arguments;
}

DistributedOptions options_of(const Arguments& arguments) {
  return {.server = arguments.plan.server,
          .port = arguments.port,
          .connect_patience = arguments.plan.patience,
          .reconnect_patience = arguments.plan.patience,
          .key_file = arguments.key_file,
          .timeout = arguments.plan.timeout};
}

class Driver {
 public:
  explicit Driver(const Arguments& arguments)
      : plan_(arguments.plan),
        history_(arguments.history),
        file_(arguments.history, std::string(driver_prefix) + plan_.name),
        dispatcher_(options_of(arguments)) {}

  void run() {
    for (std::size_t told = 0; told < tasks_.size() || wants_more(); ++told) {
      while (wants_more() && tasks_.size() - told < plan_.unsettled_max) submit();
      note(told);
    }
    // What was told once must not be told otherwise later.
    for (std::size_t i = 0; i < tasks_.size(); ++i) note(i);
  }

 private:
  [[nodiscard]] bool wants_more() const { return tasks_.size() < plan_.tasks && !asked_to_finish; }

  [[nodiscard]] std::string content_of(std::size_t number) const {
    const bool large = plan_.large_every != 0 && number % plan_.large_every == 0;
    return large ? std::string(large_bytes, static_cast<char>('a' + number % 26)) : std::string();
  }

  void submit() {
    const std::uint64_t id = plan_.first + tasks_.size();
    file_.note("submitted " + std::to_string(id));
    const auto microseconds = static_cast<std::uint64_t>(plan_.task_time.count());
    tasks_.push_back(dispatcher_.run(execute, Order{history_, id, microseconds, content_of(tasks_.size())}));
  }

  void note(std::size_t number) {
    const std::string id = std::to_string(plan_.first + number);
    const auto outcome = dispatcher_.get_result(tasks_[number]);
    if (!outcome) return file_.note("failed " + id + ' ' + outcome.error().message());
    const Receipt& receipt = outcome.value();
    const bool right = receipt.id == plan_.first + number && receipt.seal == seal_of(receipt.id, receipt.execution) &&
                       receipt.content == content_of(number);
    file_.note((right ? "value " : "wrong ") + id + ' ' + std::to_string(receipt.execution));
  }

  DriverPlan plan_;
  std::string history_;
  HistoryFile file_;
  DistributedDispatcher dispatcher_;
  std::vector<Task<Receipt>> tasks_;
};

}  // namespace

std::vector<std::string> to_arguments(const DriverPlan& plan, const std::filesystem::path& history) {
  return {history,
          plan.name,
          plan.server,
          std::to_string(plan.first),
          std::to_string(plan.tasks),
          std::to_string(plan.unsettled_max),
          std::to_string(plan.task_time.count()),
          std::to_string(plan.large_every),
          std::to_string(plan.timeout.count()),
          std::to_string(plan.patience.count())};
}

void drive(const std::vector<std::string>& arguments) {
  std::signal(SIGTERM, [](int) { asked_to_finish = true; });
  Driver(parse(arguments)).run();
}

}  // namespace blitzen::soak
