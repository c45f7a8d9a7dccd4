// How long it takes to write and to recover many tasks. Hidden; run with: journal_tests '[.benchmark]'
#include <chrono>
#include <iostream>

#include "journal/writer.hpp"
#include "journal_rig.hpp"

namespace blitzen::testing {

using namespace journal;

namespace {

class Stopwatch {
 public:
  ~Stopwatch() { std::cout << what_ << ": " << seconds() << " s" << std::endl; }
  explicit Stopwatch(std::string what) : what_(std::move(what)) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::string what_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

struct Counter : Visitor {
  std::uint64_t tasks = 0;
  std::uint64_t bytes = 0;
  void on_driver(DriverJoined&&) override {}
  void on_function(FunctionDefined&&) override {}
  bool on_task(TaskAccepted&& task, bool) override {
    ++tasks;
    bytes += task.arguments.size();
    return true;
  }
  void on_outcome(TaskSettled&& outcome) override { bytes += outcome.content.size(); }
};

constexpr std::uint64_t tasks = 1'000'000;

/// Waits for the disk when too much is unwritten, as a server would.
template <class MakeRecord>
void record_all(const std::string& path, std::uint64_t count, MakeRecord&& make) {
  BackPressure pressure;
  Writer writer(
      std::make_unique<Store>(path), [&](std::uint64_t position) { pressure.commit(position); },
      [](const journal::Error&) { std::terminate(); });
  for (std::uint64_t i = 0; i < count; ++i) pressure.wait(writer.record(make(i)), 300'000);
}

void print_size(const std::string& path) {
  std::cout << "the file has " << std::filesystem::file_size(path) / 1'000'000 << " MB" << std::endl;
}

}  // namespace

TEST_CASE("a million tasks are written, recovered, settled and acknowledged", "[.benchmark]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("journal");
  const base::SharedBytes arguments = payload(std::string(100, 'a'));
  record_all(path, 1, [](std::uint64_t) { return joined(1); });
  {
    const Stopwatch watch("accept 1,000,000 tasks with 100 bytes each");
    record_all(path, tasks,
               [&](std::uint64_t i) { return TaskAccepted{.driver = 1, .number = i, .arguments = arguments}; });
  }
  print_size(path);
  {
    const Stopwatch watch("open and recover them");
    Counter counter;
    CHECK(Store(path).recover(counter).damage.empty());
    CHECK(counter.tasks == tasks);
  }
  {
    const Stopwatch watch("settle them");
    record_all(path, tasks,
               [&](std::uint64_t i) { return TaskSettled{.driver = 1, .number = i, .content = arguments}; });
  }
  print_size(path);
  {
    const Stopwatch watch("acknowledge them one by one");
    record_all(path, tasks, [&](std::uint64_t i) { return OutcomesAcknowledged{1, i, i}; });
  }
  print_size(path);
  {
    const Stopwatch watch("accept, settle and acknowledge 300,000 more, each while the others pass");
    record_all(path, 900'000, [&](std::uint64_t i) -> Record {
      const std::uint64_t number = tasks + i / 3;
      if (i % 3 == 0) return TaskAccepted{.driver = 1, .number = number, .arguments = arguments};
      if (i % 3 == 1) return TaskSettled{.driver = 1, .number = number, .content = arguments};
      return OutcomesAcknowledged{1, number, number};
    });
  }
  print_size(path);
  {
    const Stopwatch watch("forget a driver with 1,000,000 tasks, which are accepted first");
    record_all(path, tasks,
               [&](std::uint64_t i) { return TaskAccepted{.driver = 1, .number = i, .arguments = arguments}; });
    const Stopwatch forgetting("only the forgetting");
    record_all(path, 1, [](std::uint64_t) { return DriverForgotten{1}; });
  }
  print_size(path);
}

TEST_CASE("one record at a time", "[.benchmark]") {
  const TemporaryDirectory directory;
  Store store(directory.file("journal"));
  store.write(std::vector<Record>{joined(1)});
  const Stopwatch watch("1,000 transactions of one task");
  for (std::uint64_t number = 0; number < 1'000; ++number) store.write(std::vector<Record>{accepted(1, number)});
}

TEST_CASE("the largest payload", "[.benchmark]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("journal");
  {
    const std::string bytes((std::size_t{1} << 30U) - (std::size_t{1} << 20U), 'x');
    Store store(path);
    const std::vector<Record> records{joined(1), accepted(1, 1, bytes)};
    const Stopwatch watch("write 1 GiB - 1 MiB");
    store.write(records);
  }
  {
    const Stopwatch watch("recover it");
    Counter counter;
    CHECK(Store(path).recover(counter).damage.empty());
    CHECK(counter.bytes == (std::size_t{1} << 30U) - (std::size_t{1} << 20U));
  }
  {
    const Stopwatch watch("forget it");
    Store(path).write(std::vector<Record>{DriverForgotten{1}});
  }
  print_size(path);
}

TEST_CASE("a small journal on a simulated disk", "[.benchmark]") {
  const DiskRig rig;
  std::mt19937_64 random(1);
  rig.open()->write(random_records(random, 100));
  const Stopwatch watch("open and recover it 10,000 times");
  for (int i = 0; i < 10'000; ++i) {
    Counter counter;
    CHECK(rig.open()->recover(counter).damage.empty());
  }
}

}  // namespace blitzen::testing
