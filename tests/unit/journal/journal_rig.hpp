// What the tests of journals share: a disk with a journal, and a model of what must stand in it.
#pragma once

#include <catch2/catch.hpp>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "journal/store.hpp"
#include "tests/support/simulated_disk.hpp"
#include "tests/support/temporary_directory.hpp"

namespace blitzen::testing {

using blitzen::testing::TemporaryDirectory;

/// Long tests try one case in so many. The thread sanitizer makes them twenty times slower and, because they have one
/// thread, finds nothing in them.
#ifdef __SANITIZE_THREAD__
inline constexpr std::uint64_t thinning = 20;
#else
inline constexpr std::uint64_t thinning = 1;
#endif

struct TaskState {
  std::uint32_t function = 0;
  std::uint64_t timeout_ns = 0;
  std::uint8_t worker_deaths_max = 0;
  std::string arguments;
  bool started = false;

  bool operator==(const TaskState&) const = default;
};

struct OutcomeState {
  std::uint8_t outcome = 0;
  std::uint64_t ran_ns = 0;
  std::string content;

  bool operator==(const OutcomeState&) const = default;
};

struct DriverState {
  journal::DriverJoined joined;
  std::map<std::uint32_t, std::string> functions;
  std::map<std::uint64_t, TaskState> tasks;
  std::map<std::uint64_t, OutcomeState> outcomes;

  bool operator==(const DriverState&) const = default;
};

/// What a journal is about, kept as simply as can be.
using State = std::map<std::uint32_t, DriverState>;

/// What the record changes, if it changes anything.
void apply(State& state, const journal::Record& record);

/// Whether everything in `part` stands in `whole` as well.
[[nodiscard]] bool contains(const State& whole, const State& part);

/// Collects what a journal tells. Throws when that comes in the wrong order, or twice.
class Collector : public journal::Visitor {
 public:
  State state;

  void on_driver(journal::DriverJoined&& driver) override;
  void on_function(journal::FunctionDefined&& function) override;
  bool on_task(journal::TaskAccepted&& task, bool started) override;
  void on_outcome(journal::TaskSettled&& outcome) override;

 private:
  DriverState& last(std::uint32_t driver);
};

[[nodiscard]] base::SharedBytes payload(std::string_view text);

[[nodiscard]] journal::DriverJoined joined(std::uint32_t driver);
/// The function that accepted() is for.
[[nodiscard]] journal::FunctionDefined defined(std::uint32_t driver);
[[nodiscard]] journal::TaskAccepted accepted(std::uint32_t driver, std::uint64_t number,
                                             std::string_view arguments = "arguments");
[[nodiscard]] journal::TaskSettled settled(std::uint32_t driver, std::uint64_t number,
                                           std::string_view content = "content");

/// Random records of few drivers and tasks, so that they often concern the same ones.
[[nodiscard]] std::vector<journal::Record> random_records(std::mt19937_64& random, std::size_t count);

/// A journal on a simulated disk.
struct DiskRig {
  SimulatedDisk disk;
  std::string path = "/journal";
  journal::StoreOptions options;

  explicit DiskRig(std::uint64_t seed = 1);

  [[nodiscard]] std::unique_ptr<journal::Store> open() const { return std::make_unique<journal::Store>(path, options); }
  /// What a server that starts now would find. Requires that nothing is damaged.
  [[nodiscard]] State recovered() const;
};

/// What stands in the journal at that path. Requires that nothing is damaged.
[[nodiscard]] State recovered_from(const std::string& path);

/// Holds up who records faster than the disk writes.
class BackPressure {
 public:
  /// To be called by the writer.
  void commit(std::uint64_t position);
  /// Waits until no more than `records_max` of those up to this position are not committed.
  void wait(std::uint64_t position, std::uint64_t records_max);

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::uint64_t committed_ = 0;
};

/// What error the function throws; fails the test when there is none.
template <class Function>
[[nodiscard]] journal::Error error_of(Function&& function) {
  try {
    function();
  } catch (const journal::Error& error) {
    return error;
  }
  FAIL("no error was thrown");
  throw std::logic_error("not reached");
}

}  // namespace blitzen::testing
