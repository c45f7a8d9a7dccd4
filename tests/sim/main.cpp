// Simulates clusters, one for each seed, until a promise is broken.
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "blitzen/logging.hpp"
#include "world.hpp"

namespace blitzen::sim {
namespace {

constexpr std::string_view usage =
    "Usage: sim_tests [--first SEED] [--seeds COUNT] [--seed SEED] [--log]\n"
    "\n"
    "Simulates a cluster for each seed: the real scheduler, broker, codec and journal behind a simulated clock, "
    "network\n"
    "and disk. Stops at the first broken promise and says how to see it again.\n"
    "\n"
    "  --first SEED   the first seed (1)\n"
    "  --seeds COUNT  how many (500)\n"
    "  --seed SEED    this one alone\n"
    "  --log          says what happens, with the server's log\n";

/// One world in so many is run twice, to see that it is the same.
constexpr std::uint64_t repeated_every = 50;

struct Options {
  std::uint64_t first = 1;
  std::uint64_t seeds = 500;
  bool logs = false;
};

std::optional<Options> parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--log") {
      options.logs = true;
      continue;
    }
    if (i + 1 == argc) return std::nullopt;
    const std::uint64_t value = std::stoull(argv[++i]);
    if (word == "--first") {
      options.first = value;
    } else if (word == "--seeds") {
      options.seeds = value;
    } else if (word == "--seed") {
      options.first = value;
      options.seeds = 1;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

struct Totals {
  Tally tally;
  std::uint64_t steps = 0;
};

std::uint64_t simulate(std::uint64_t seed, bool narrates, Totals& totals) {
  World world(seed, narrates);
  try {
    world.run();
  } catch (const std::exception& broken) {
    const auto seconds =
        std::chrono::duration<double>(world.agenda().now().time_since_epoch() - std::chrono::hours{1000});
    throw std::runtime_error(std::string(broken.what()) + " (after " + std::to_string(seconds.count()) + " s)");
  }
  for (const auto& [what, times] : world.history().tally()) totals.tally[what] += times;
  totals.steps += world.agenda().steps();
  return world.history().fingerprint();
}

void simulate_all(const Options& options, Totals& totals) {
  for (std::uint64_t seed = options.first; seed < options.first + options.seeds; ++seed) {
    try {
      const std::uint64_t fingerprint = simulate(seed, options.logs, totals);
      if (seed % repeated_every != 0) continue;
      Totals again;
      if (simulate(seed, false, again) != fingerprint) throw std::logic_error("the same seed made another world");
    } catch (const std::exception& broken) {
      throw std::runtime_error("seed " + std::to_string(seed) + ": " + broken.what() +
                               "\nreplay with: sim_tests --log --seed " + std::to_string(seed));
    }
  }
}

int run(const Options& options) {
  if (!options.logs) logging::disable();
  const auto begin = std::chrono::steady_clock::now();
  Totals totals;
  try {
    simulate_all(options, totals);
  } catch (const std::exception& broken) {
    std::cerr << broken.what() << '\n';
    return 1;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  for (const auto& [what, times] : totals.tally) std::cout << what << ": " << times << '\n';
  std::cout << options.seeds << " seeds, " << totals.steps << " steps, 0 violations, "
            << static_cast<std::uint64_t>(static_cast<double>(options.seeds) / seconds) << " seeds/s\n";
  return 0;
}

}  // namespace
}  // namespace blitzen::sim

int main(int argc, char** argv) {
  try {
    if (const auto options = blitzen::sim::parse(argc, argv)) return blitzen::sim::run(*options);
  } catch (const std::exception&) {
    // A number that is none.
  }
  std::cerr << blitzen::sim::usage;
  return 2;
}
