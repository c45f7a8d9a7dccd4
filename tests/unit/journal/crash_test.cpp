// The power is lost at any moment: what was committed is there, and what was not is there entirely or not at all.
#include <cstdlib>
#include <stdexcept>

#include "journal_rig.hpp"

namespace blitzen::testing {

using namespace journal;

namespace {

void require(bool holds, const std::string& otherwise) {
  if (!holds) throw std::logic_error(otherwise);
}

/// Servers that use one journal one after the other, each until the power is lost.
class RandomRun {
 public:
  explicit RandomRun(std::uint64_t seed) : random_(seed), rig_(seed) {
    rig_.options.piece_bytes = 3'000;
    rig_.options.log_bytes = 64 * 1024;
    rig_.options.shrink_bytes_min = 128 * 1024;
  }

  void run(int servers) {
    for (int i = 0; i < servers; ++i) {
      rig_.disk.fail_after(below(below(4) == 0 ? 20 : 400), SimulatedDisk::Fault::power_loss, true);
      serve();
      rig_.disk.crash(random_());
      check();
    }
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  void serve() {
    try {
      const auto store = rig_.open();
      take_epoch(store->epoch());
      while (true) write(*store);
    } catch (const journal::Error& error) {
      require(error.kind() == ErrorKind::io, error.what());
    }
  }

  void write(Store& store) {
    const auto records = random_records(random_, 1 + below(30));
    unsure_ = sure_;
    for (const Record& record : records) apply(unsure_, record);
    store.write(records);
    sure_ = unsure_;
  }

  void take_epoch(std::uint64_t epoch) {
    require(epoch > epoch_, "an epoch came twice");
    epoch_ = epoch;
  }

  void check() {
    Collector collector;
    const auto store = rig_.open();
    take_epoch(store->epoch());
    const Recovered recovered = store->recover(collector);
    require(recovered.damage.empty(), recovered.damage.empty() ? "" : recovered.damage.front());
    require(collector.state == sure_ || collector.state == unsure_, "what was recovered is not what was written");
    sure_ = unsure_ = collector.state;
  }

  std::mt19937_64 random_;
  DiskRig rig_;
  State sure_;    ///< After the last write that returned.
  State unsure_;  ///< After the one that was under way.
  std::uint64_t epoch_ = 0;
};

constexpr std::uint64_t seeds = 300 / thinning;
constexpr int servers_per_seed = 10;

}  // namespace

TEST_CASE("whenever the power is lost, what was committed is there, and nothing else") {
  const char* replay = std::getenv("BLITZEN_SEED");
  const std::uint64_t first = replay != nullptr ? std::stoull(replay) : 1;
  const std::uint64_t last = replay != nullptr ? first : seeds;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    INFO("replay with: BLITZEN_SEED=" << seed << " journal_tests 'whenever the power is lost*'");
    try {
      RandomRun{seed}.run(servers_per_seed);
    } catch (const std::exception& broken) {
      FAIL(broken.what());
    }
  }
}

}  // namespace blitzen::testing
