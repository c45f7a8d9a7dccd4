// The disk is full or fails, at every single operation of a small scenario.
#include "journal_rig.hpp"

namespace blitzen::testing {

using namespace journal;
using Fault = SimulatedDisk::Fault;

namespace {

/// What a server does in a short life, and what of it is certain to have been written.
struct Scenario {
  DiskRig rig;
  State sure;
  State unsure;
  std::optional<journal::Error> error;

  Scenario() {
    rig.options.log_bytes = 8 * 4096;
    rig.options.shrink_bytes_min = 100'000;
  }

  void run() {
    try {
      const auto store = rig.open();
      write(*store, {joined(1), accepted(1, 1), accepted(1, 2, std::string(9'000, 'x'))});
      write(*store, {settled(1, 1), TaskStarted{1, 2}});
      write(*store, {accepted(1, 3, std::string(400'000, 'y'))});
      write(*store, {settled(1, 3), OutcomesAcknowledged{1, 1, 1}});
    } catch (const journal::Error& it) {
      error = it;
    }
  }

  void write(Store& store, const std::vector<Record>& records) {
    unsure = sure;
    for (const Record& record : records) apply(unsure, record);
    try {
      store.write(records);
    } catch (const journal::Error& first) {
      CHECK(error_of([&] { store.write(records); }).what() == std::string(first.what()));
      throw;
    }
    sure = unsure;
  }
};

std::uint64_t operations_of_scenario() {
  Scenario scenario;
  scenario.run();
  REQUIRE_FALSE(scenario.error);
  return scenario.rig.disk.operations();
}

}  // namespace

TEST_CASE("whichever operation of the disk fails, nothing that was committed is lost, and the error is told") {
  const auto [fault, lasting, kind] = GENERATE(table<Fault, bool, ErrorKind>({
      {Fault::io_error, false, ErrorKind::io},
      {Fault::io_error, true, ErrorKind::io},
      {Fault::disk_full, false, ErrorKind::disk_full},
      {Fault::disk_full, true, ErrorKind::disk_full},
  }));
  const std::uint64_t operations = operations_of_scenario();
  std::uint64_t told = 0;
  for (std::uint64_t operation = 0; operation < operations; operation += thinning) {
    CAPTURE(operation, lasting, fault == Fault::disk_full);
    Scenario scenario;
    scenario.rig.disk.fail_after(operation, fault, lasting);
    scenario.run();
    if (scenario.error) CHECK(scenario.error->kind() == kind);
    told += scenario.error ? 1 : 0;
    scenario.rig.disk.stop_failing();
    if (!scenario.rig.disk.has(scenario.rig.path)) continue;
    scenario.rig.disk.crash(operation);
    const State state = scenario.rig.recovered();
    CHECK((state == scenario.sure || state == scenario.unsure));
  }
  CHECK(told > operations / 4 / thinning);
}

TEST_CASE(
    "whichever operation of the disk fails while a journal is read, that is told and not damage, or everything is") {
  Scenario scenario;
  scenario.run();
  const std::uint64_t before = scenario.rig.disk.operations();
  CHECK(scenario.rig.recovered() == scenario.sure);
  const std::uint64_t operations = scenario.rig.disk.operations() - before;
  for (std::uint64_t operation = 0; operation < operations; operation += thinning) {
    CAPTURE(operation);
    scenario.rig.disk.fail_after(operation, Fault::io_error, operation % 2 == 0);
    Collector collector;
    bool told = false;
    try {
      const Recovered recovered = scenario.rig.open()->recover(collector);
      CHECK_THAT(recovered.damage, Catch::Equals(std::vector<std::string>{}));
    } catch (const journal::Error& error) {
      told = true;
      CHECK(error.kind() == ErrorKind::io);
      CHECK_THAT(error.what(), !Catch::Contains("--journal-salvage"));
    }
    scenario.rig.disk.stop_failing();
    CHECK((told || collector.state == scenario.sure));
    CHECK(contains(scenario.sure, collector.state));
  }
  CHECK(scenario.rig.recovered() == scenario.sure);
}

TEST_CASE("a log that cannot be copied into the file is told, instead of growing for ever") {
  DiskRig rig;
  rig.options.log_bytes = 10 * 4096;
  const auto store = rig.open();
  store->write(std::vector<Record>{joined(1)});
  const std::vector<Record> records{accepted(1, 1, std::string(60'000, 'x'))};
  // The log takes the whole transaction and is synced; the file is what cannot be written.
  std::uint64_t operations = 0;
  {
    DiskRig other;
    other.options.log_bytes = std::uint64_t{1} << 30U;
    const auto unhindered = other.open();
    unhindered->write(std::vector<Record>{joined(1)});
    operations = other.disk.operations();
    unhindered->write(records);
    operations = other.disk.operations() - operations;
  }
  rig.disk.fail_after(operations + 1, Fault::io_error, true);
  store->write(records);
  CHECK(error_of([&] { store->write(records); }).kind() == ErrorKind::io);
}

TEST_CASE("a full disk is told in one sentence, and refuses everything from then on") {
  DiskRig rig;
  const auto store = rig.open();
  store->write(std::vector<Record>{joined(1)});
  rig.disk.fail_after(0, Fault::disk_full, true);
  const std::vector<Record> records{accepted(1, 1)};
  const journal::Error error = error_of([&] { store->write(records); });
  CHECK(error.kind() == ErrorKind::disk_full);
  CHECK_THAT(error.what(), Catch::Contains("/journal cannot be written, the disk is full: make room"));
  rig.disk.stop_failing();
  CHECK(error_of([&] { store->write(records); }).kind() == ErrorKind::disk_full);
}

}  // namespace blitzen::testing
