#include "journal/writer.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "journal_rig.hpp"

namespace blitzen::testing {

using namespace journal;

namespace {

/// The side of the one who records: what the writer told it.
class Owner {
 public:
  explicit Owner(std::unique_ptr<Store> store)
      : writer(
            std::move(store),
            [this](std::uint64_t position) {
              const std::lock_guard lock(mutex_);
              positions_.push_back(position);
              told_.notify_all();
            },
            [this](const journal::Error& error) {
              const std::lock_guard lock(mutex_);
              errors_.push_back(error);
              told_.notify_all();
            }) {}

  void wait_for_commit(std::uint64_t position) {
    std::unique_lock lock(mutex_);
    told_.wait(lock, [&] { return !positions_.empty() && positions_.back() >= position; });
  }
  void wait_for_failure() {
    std::unique_lock lock(mutex_);
    told_.wait(lock, [&] { return !errors_.empty(); });
  }
  [[nodiscard]] std::vector<std::uint64_t> positions() {
    const std::lock_guard lock(mutex_);
    return positions_;
  }
  [[nodiscard]] std::vector<journal::Error> errors() {
    const std::lock_guard lock(mutex_);
    return errors_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  std::vector<std::uint64_t> positions_;
  std::vector<journal::Error> errors_;

 public:
  Writer writer;  ///< The last to come and the first to go: its thread uses the others.
};

}  // namespace

TEST_CASE("a record has a position, and what is committed up to it survives the loss of power") {
  DiskRig rig;
  {
    Owner owner(rig.open());
    CHECK(owner.writer.record(joined(1)) == 1);
    CHECK(owner.writer.record(accepted(1, 1)) == 2);
    owner.wait_for_commit(2);
    CHECK(owner.writer.unwritten_bytes() == 0);
    owner.writer.stop();
  }
  rig.disk.crash(1);
  CHECK(rig.recovered().at(1).tasks.size() == 1);
}

TEST_CASE("positions grow, and the last one is that of the last record") {
  const DiskRig rig;
  Owner owner(rig.open());
  owner.writer.record(joined(1));
  std::uint64_t last = 0;
  for (std::uint64_t number = 0; number < 5'000; ++number) last = owner.writer.record(accepted(1, number));
  owner.writer.stop();
  const auto positions = owner.positions();
  REQUIRE_FALSE(positions.empty());
  CHECK(std::is_sorted(positions.begin(), positions.end()));
  CHECK(positions.back() == last);
  CHECK(last == 5'001);
  CHECK(rig.recovered().at(1).tasks.size() == 5'000);
}

TEST_CASE("a transaction takes so many bytes that the next one need not wait long") {
  const DiskRig rig;
  Owner owner(rig.open());
  owner.writer.record(joined(1));
  // NOLINTNEXTLINE(bugprone-string-constructor): it is to be large
  const base::SharedBytes large = payload(std::string(12'000'000, 'x'));
  for (std::uint64_t number = 0; number < 4; ++number) {
    TaskAccepted task = accepted(1, number);
    task.arguments = large;
    owner.writer.record(std::move(task));
  }
  owner.writer.stop();
  std::uint64_t before = 0;
  for (const std::uint64_t position : owner.positions()) CHECK(position - std::exchange(before, position) <= 4);
  CHECK(before == 5);
}

TEST_CASE("what is not committed yet is counted") {
  const DiskRig rig;
  Owner owner(rig.open());
  CHECK(owner.writer.unwritten_bytes() == 0);
  owner.writer.record(joined(1));
  owner.wait_for_commit(1);
  CHECK(owner.writer.unwritten_bytes() == 0);
}

TEST_CASE("a writer that is destroyed commits what was recorded") {
  const DiskRig rig;
  {
    Owner owner(rig.open());
    owner.writer.record(joined(1));
  }
  CHECK(rig.recovered().size() == 1);
}

TEST_CASE("a writer that is stopped at once tells of no commit that was none") {
  const DiskRig rig;
  std::uint64_t committed = 0;
  {
    Owner owner(rig.open());
    owner.writer.record(joined(1));
    for (std::uint64_t number = 1; number < 2'000; ++number) owner.writer.record(accepted(1, number));
    owner.writer.stop_now();
    CHECK(owner.errors().empty());
    if (const auto positions = owner.positions(); !positions.empty()) committed = positions.back();
  }
  const State state = rig.recovered();
  CHECK((state.empty() ? 0 : 1 + state.at(1).tasks.size()) == committed);
}

TEST_CASE("a failure is told once, and nothing is committed any more") {
  DiskRig rig;
  {
    auto store = rig.open();
    rig.disk.fail_after(3, SimulatedDisk::Fault::disk_full, true);
    Owner owner(std::move(store));
    owner.writer.record(joined(1));
    owner.wait_for_failure();
    const auto committed = owner.positions();
    for (int i = 0; i < 100; ++i) owner.writer.record(joined(2));
    CHECK(owner.writer.unwritten_bytes() == 0);
    owner.writer.stop();
    CHECK(owner.positions() == committed);
    REQUIRE(owner.errors().size() == 1);
    CHECK(owner.errors().front().kind() == ErrorKind::disk_full);
  }
  rig.disk.stop_failing();
  CHECK(rig.recovered().empty());
}

}  // namespace blitzen::testing
